"""The rules of WordPress's plugin directory, as its Plugin Check asks for them.

What reads code (escaping, nonces, prepared SQL, input) is asked of PHPCS by `./scripts/lint`, where
that is installed; these are the rules about headers, the readme, names and files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from scripts.lib import build_plugin

PLUGIN = Path(__file__).parents[2] / "wp-plugin"
SLUG = "causeway-for-woocommerce"
MAIN = PLUGIN / f"{SLUG}.php"
SECTIONS = ("Description", "Installation", "Frequently Asked Questions", "Changelog")
MOST_TAGS, MOST_SHORT = 5, 150
GUARDS = ("defined( 'ABSPATH' ) || exit;", "defined( 'WP_UNINSTALL_PLUGIN' ) || exit;")
LOCALHOST = re.compile(r"https?://(localhost|127\.0\.0\.1|[^/\s'\"]*\.local(host)?)/")
ALLOWED = {".php", ".txt", ".css", ".js", ".pot", ".po", ".mo"}
FORBIDDEN = re.compile(
    r"(?<![\w>:$])(eval|create_function|proc_open|passthru|shell_exec|system|exec|popen|str_rot13|"
    r"move_uploaded_file|set_time_limit|ini_alter|dl|curl_\w+|mysqli?_\w+|fsockopen|"
    r"file_put_contents|fopen|unserialize|extract|error_log|var_dump|print_r|date|"
    r"wp_redirect|query_posts|update_site_option)\s*\("
)
UPDATERS = re.compile(r"pre_set_site_transient_update_|site_transient_update_|auto_update_plugin")


def shipped() -> list[Path]:
    """The files of the archive."""
    return list(build_plugin.files(PLUGIN))


def code() -> Iterator[tuple[str, str]]:
    """Each PHP file's name and its text, without comments."""
    for path in shipped():
        if path.suffix == ".php":
            text = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", path.read_text(), flags=re.DOTALL)
            yield path.relative_to(PLUGIN).as_posix(), text


def header(name: str) -> str:
    found = re.search(rf"^ \* {name}:\s+(.+)$", MAIN.read_text(), re.MULTILINE)
    return found[1].strip() if found else ""


def readme(name: str) -> str:
    found = re.search(rf"^{name}: (.+)$", (PLUGIN / "readme.txt").read_text(), re.MULTILINE)
    return found[1].strip() if found else ""


def licence(name: str) -> str:
    """As the directory compares them: GPLv2 or later is GPL-2.0-or-later."""
    found = re.match(r"GPL[- ]?v?(\d)", name)
    return f"GPL{found[1]}{'+' if 'later' in name else ''}" if found else name


def test_headers_are_written_as_the_directory_reads_them() -> None:
    assert re.fullmatch(r"\d+\.\d(\.\d+)?", header("Requires at least"))
    assert re.fullmatch(r"\d+(\.\d+){1,2}", header("Requires PHP"))
    assert re.fullmatch(r"[a-z0-9-]+(,\s*[a-z0-9-]+)*", header("Requires Plugins"))
    assert header("Text Domain") == SLUG
    assert (PLUGIN / header("Domain Path").strip("/")).is_dir()
    assert header("Description")
    assert not header("Update URI")
    for name in ("Plugin URI", "Author URI"):
        assert not header(name) or header(name).startswith("https://")


def test_the_readme_says_the_same_as_the_header() -> None:
    text = (PLUGIN / "readme.txt").read_text()
    assert text.startswith(f"=== {header('Plugin Name')} ===\n")
    for name in ("Requires at least", "Requires PHP"):
        assert readme(name) == header(name)
    assert readme("Stable tag") == header("Version")
    assert licence(readme("License")) == licence(header("License")) == "GPL2+"


def test_the_readme_has_what_the_directory_shows() -> None:
    text = (PLUGIN / "readme.txt").read_text()
    assert re.fullmatch(r"\d+\.\d", readme("Tested up to"))
    assert readme("Contributors")
    tags = readme("Tags").split(", ")
    assert len(set(tags)) == len(tags) <= MOST_TAGS
    head, *_ = text.partition("== Description ==")
    [short] = [part for part in head.split("\n\n")[1:] if part.strip()]
    assert len(short.strip()) <= MOST_SHORT
    assert re.findall(r"^== (.+) ==$", text, re.MULTILINE) == list(SECTIONS)
    assert f"= {header('Version')} =" in text.partition("== Changelog ==")[2]


def test_the_name_uses_woocommerces_only_as_what_it_is_for() -> None:
    assert SLUG.endswith("-for-woocommerce")
    assert header("Plugin Name").endswith(" for WooCommerce")
    for name in (SLUG, header("Plugin Name").lower()):
        assert name.count("woo") == 1
        assert "wordpress" not in name


def test_no_file_can_be_asked_for_by_itself() -> None:
    unguarded = [name for name, text in code() if not any(guard in text for guard in GUARDS)]
    assert unguarded == []


def test_only_code_and_texts_go_into_the_directory() -> None:
    for path in shipped():
        name = path.relative_to(PLUGIN).as_posix()
        assert path.suffix in ALLOWED, name
        assert re.fullmatch(r"[\w./-]+", name), name
        assert ".min." not in name, f"{name}: its readable source would have to come along"


def test_no_code_does_what_the_directory_forbids() -> None:
    for name, text in code():
        assert not LOCALHOST.search(text), name
        assert not UPDATERS.search(text), name
        assert "<?=" not in text, name
        assert "<<<" not in text, name
        found = FORBIDDEN.search(text)
        assert found is None, f"{name}: {found[0]}"


def test_whatever_others_see_begins_with_our_name() -> None:
    """Options, hooks, scripts and constants live among everybody else's."""
    options = re.findall(r"const \w+\s+= '(\w+)';", (PLUGIN / "src/Options.php").read_text())
    assert len(options) > 15
    assert [name for name in options if not name.startswith("causeway_")] == []
    for name, text in code():
        for constant in re.findall(r"\bdefine\(\s*'(\w+)'", text):
            assert constant.startswith("CAUSEWAY_"), name
        for namespace in re.findall(r"^namespace ([\w\\]+);", text, re.MULTILINE):
            assert namespace.split("\\")[0] == "Causeway", name
        assert not re.search(r"^function ", text, re.MULTILINE), name
