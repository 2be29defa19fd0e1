"""The shopkeeper, logged in: calls WooCommerce's REST API with cookie and nonce."""

from __future__ import annotations

from typing import Any

import requests

SECONDS = 60


class AdminRefused(Exception):
    """The shop answered an error; the text has it, `status` its number."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class Admin:
    """Logs in at the first call. `http` holds the cookies, for pages of wp-admin."""

    def __init__(self, url: str, password: str, user: str = "admin") -> None:
        self._url, self._user, self._password = url, user, password
        self.http = requests.Session()
        self._nonce = ""

    def rest(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """`path` behind /wp-json, such as /wc/v3/orders/7. Raises AdminRefused."""
        if not self._nonce:
            self.log_in()
        answer = self.http.request(
            method, f"{self._url}/wp-json{path}", json=body, params=query, timeout=SECONDS,
            headers={"X-WP-Nonce": self._nonce},
        )  # fmt: skip
        if not answer.ok:
            said = f"{method} {path} → {answer.status_code}: {answer.text[:1000]}"
            raise AdminRefused(said, answer.status_code)
        return answer.json() if answer.content else None

    def page(self, path: str) -> str:
        """The HTML of a page, such as /wp-admin/admin.php?page=wc-orders."""
        if not self._nonce:
            self.log_in()
        answer = self.http.get(f"{self._url}{path}", timeout=SECONDS)
        if not answer.ok:
            said = f"{path} → {answer.status_code}: {answer.text[:1000]}"
            raise AdminRefused(said, answer.status_code)
        return answer.text

    def ajax(self, action: str, fields: dict[str, Any]) -> dict[str, Any]:
        """What admin-ajax.php answers to a page's own script. Raises AdminRefused."""
        answer = self.http.post(f"{self._url}/wp-admin/admin-ajax.php", timeout=SECONDS,
                                data={"action": action, **fields})  # fmt: skip
        try:
            said: dict[str, Any] = answer.json()
        except ValueError:
            said = {}
        if not answer.ok or not isinstance(said, dict) or not said.get("success"):
            raise AdminRefused(f"{action} → {answer.text[:1000]}", answer.status_code)
        return said

    def log_in(self) -> None:
        form = {"log": self._user, "pwd": self._password, "testcookie": "1", "wp-submit": "Log In"}
        self.http.cookies.set("wordpress_test_cookie", "WP Cookie check")
        login = f"{self._url}/wp-login.php"
        self.http.post(login, data=form, timeout=SECONDS, allow_redirects=False)
        nonce = self.http.get(
            f"{self._url}/wp-admin/admin-ajax.php", params={"action": "rest-nonce"}, timeout=SECONDS
        )
        if nonce.status_code != 200 or not nonce.text.isalnum() or nonce.text == "0":
            raise AdminRefused("the admin's password is not taken", nonce.status_code)
        self._nonce = nonce.text
