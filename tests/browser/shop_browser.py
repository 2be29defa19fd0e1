"""A browser on the shop's admin: Playwright with the system's Chromium.

Pictures of what was seen are kept in CAUSEWAY_SCREENSHOTS (var/screenshots).
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MILLISECONDS = 60_000
PICTURES = Path(
    os.environ.get("CAUSEWAY_SCREENSHOTS", Path(__file__).parents[2] / "var/screenshots")
)


def why_not() -> str:
    """Why there is no browser to test with, in a sentence; empty when there is one."""
    if importlib.util.find_spec("playwright") is None:
        return "not tested in a browser: Playwright is not installed"
    if _executable() is None:
        return "not tested in a browser: Chromium is not installed"
    return ""


@contextmanager
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_executable(), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def admin_page(
    browser: Browser, url: str, password: str, *, width: int = 1280, scripts: bool = True
) -> Iterator[Page]:
    """A page of somebody logged in as the admin. An error of a page's own script fails the test."""
    context = browser.new_context(
        base_url=url, viewport={"width": width, "height": 900}, java_script_enabled=scripts
    )
    page = context.new_page()
    page.set_default_timeout(MILLISECONDS)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/wp-login.php")
    page.fill("#user_login", "admin")
    page.fill("#user_pass", password)
    page.click("#wp-submit")
    page.wait_for_url("**/wp-admin/**")
    try:
        yield page
    finally:
        context.close()
    assert errors == []


def keep(page: Page, name: str) -> None:
    """Keep a picture of the whole page, with what sticks to the window's top at the page's."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.evaluate("window.scrollTo(0, 0)")
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def _executable() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)
