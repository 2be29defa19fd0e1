"""The archive that WordPress installs."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
SLUG = "causeway-for-woocommerce"
NOT_FOR_SHOPS = re.compile(r"(^|/)(\.|tests(/|$)|phpunit)|~$|\.(dist|neon|lock|part|bak)$")


def build(project: Path, target: Path) -> subprocess.CompletedProcess[str]:
    command = [str(project / "scripts" / "build-plugin"), str(target)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def archive(project: Path, target: Path) -> Path:
    done = build(project, target)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project's plugin and what builds it, to be changed."""
    project = tmp_path / "project"
    shutil.copytree(PROJECT / "wp-plugin", project / "wp-plugin")
    shutil.copytree(PROJECT / "scripts", project / "scripts")
    return project


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_same_files_make_the_same_bytes(copy: Path, tmp_path: Path) -> None:
    first = archive(PROJECT, tmp_path / "first")
    for path in (copy / "wp-plugin").rglob("*"):
        os.utime(path, (1e9, 1e9))
        path.chmod(0o755 if path.is_dir() else 0o600)
    second = archive(copy, tmp_path / "second")
    assert first.name == second.name
    sums = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (first, second)}
    assert len(sums) == 1


def test_it_has_one_folder_with_what_a_shop_needs_and_nothing_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(archive(PROJECT, tmp_path)) as packed:
        assert packed.testzip() is None
        names = packed.namelist()
        modes = {entry.external_attr >> 16 for entry in packed.infolist()}
    assert {name.split("/")[0] for name in names} == {SLUG}
    inside = {name.removeprefix(f"{SLUG}/") for name in names}
    assert {f"{SLUG}.php", "uninstall.php", "readme.txt", "src/Plugin.php"} <= inside
    assert [name for name in inside if NOT_FOR_SHOPS.search(name)] == []
    assert modes == {0o100644}
    source = {path.relative_to(PROJECT / "wp-plugin/src").as_posix()
              for path in (PROJECT / "wp-plugin/src").rglob("*.php")}  # fmt: skip
    assert {name.removeprefix("src/") for name in inside if name.startswith("src/")} == source


def test_dotfiles_and_tests_stay_out_wherever_they_lie(copy: Path, tmp_path: Path) -> None:
    plugin = copy / "wp-plugin"
    (plugin / ".git").mkdir()
    for name in (".git/config", ".env", "src/.DS_Store", "tests/unit/More.php"):
        (plugin / name).write_text("secret")
    unchanged, built = archive(PROJECT, tmp_path / "a"), archive(copy, tmp_path / "b")
    assert unchanged.read_bytes() == built.read_bytes()


def test_every_php_file_in_it_can_be_read(tmp_path: Path) -> None:
    php = shutil.which("php")
    if php is None:
        pytest.skip("the archive's syntax is checked by php; as root: apt-get install php-cli")
    with zipfile.ZipFile(archive(PROJECT, tmp_path)) as packed:
        packed.extractall(tmp_path / "unpacked")
    files = sorted((tmp_path / "unpacked").rglob("*.php"))
    assert len(files) > 50
    lint = "foreach(array_slice($argv,1) as $f){passthru(PHP_BINARY.' -l '.escapeshellarg($f),$c);"
    command = [php, "-r", lint + "if($c){exit(1);}}", "--", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert done.stdout.count("No syntax errors") == len(files)


@pytest.mark.parametrize(("name", "old", "new"), [
    ("readme.txt", "Stable tag: ", "Stable tag: 9"),
    (f"{SLUG}.php", " * Version:              ", " * Version:              9"),
    (f"{SLUG}.php", "'CAUSEWAY_PLUGIN_VERSION', '", "'CAUSEWAY_PLUGIN_VERSION', '9"),
    ("readme.txt", "Stable tag:", "Unstable tag:"),
])  # fmt: skip
def test_versions_that_differ_are_named_and_nothing_is_built(
    copy: Path, tmp_path: Path, name: str, old: str, new: str
) -> None:
    change(copy / "wp-plugin" / name, old, new)
    done = build(copy, tmp_path / "dist")
    assert done.returncode == 1
    assert "the version is not the same everywhere" in done.stderr
    assert "Stable tag in readme.txt: " in done.stderr
    assert not (tmp_path / "dist").exists()


def test_a_link_is_refused(copy: Path, tmp_path: Path) -> None:
    (copy / "wp-plugin" / "src" / "passwd").symlink_to("/etc/passwd")
    done = build(copy, tmp_path / "dist")
    assert done.returncode == 1
    assert "src/passwd is a link" in done.stderr


def test_it_is_named_by_the_version(tmp_path: Path) -> None:
    built = archive(PROJECT, tmp_path)
    readme = (PROJECT / "wp-plugin/readme.txt").read_text(encoding="utf-8")
    stable = re.search(r"^Stable tag: (\S+)$", readme, re.MULTILINE)
    assert stable is not None
    assert built == tmp_path / f"{SLUG}-{stable[1]}.zip"
