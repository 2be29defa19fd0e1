"""The document root: code linked from the cache, `wp-content` of the shop's own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.shop.account import give, reaches

HERE = Path(__file__).parent
PLUGIN_SLUG = "causeway-for-woocommerce"


def assemble(www: Path, wordpress: Path, woocommerce: Path) -> None:
    """Make `www`, which must not exist. The cache is only read."""
    _link(wordpress, www)
    content = www / "wp-content"
    plugins = content / "plugins"
    shutil.rmtree(plugins, ignore_errors=True)
    plugins.mkdir()
    _link(woocommerce, plugins / "woocommerce")
    _mend_class_map(plugins / "woocommerce")
    (content / "uploads").mkdir(exist_ok=True)
    (content / "mu-plugins").mkdir(exist_ok=True)
    (www / "wp-config.php").unlink(missing_ok=True)  # a link must not be written through
    shutil.copyfile(HERE / "php" / "wp-config.php", www / "wp-config.php")
    shutil.copyfile(HERE / "php" / "causeway-shop.php", content / "mu-plugins/causeway-shop.php")
    for folder in (content, content / "uploads", plugins):
        give(folder)


def add_object_cache(www: Path) -> None:
    """Have WordPress keep its object cache beyond the request."""
    shutil.copyfile(HERE / "php" / "object-cache.php", www / "wp-content" / "object-cache.php")


def add_plugin(www: Path, plugin: Path) -> str:
    """Link the plugin's folder in, or copy it where the servers' account cannot read it.

    Returns "linked" or "copied".
    """
    target = www / "wp-content" / "plugins" / PLUGIN_SLUG
    if target.is_symlink():
        target.unlink()
    elif target.exists():
        shutil.rmtree(target)
    if reaches(plugin):
        target.symlink_to(plugin.resolve())
        return "linked"
    shutil.copytree(plugin, target)
    return "copied"


def _link(source: Path, target: Path) -> None:
    """Hard links are as good as copies and cost nothing; the shop cannot write into them.

    Copies where links cannot be: another file system, or files that only their owner may read.
    """
    main = next(source.glob("*.php"))
    if main.stat().st_mode & 0o004:
        done = subprocess.run(
            ["cp", "-rl", f"{source}/.", str(target)], capture_output=True, check=False
        )
        if not done.returncode:
            return
        shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-r", "--reflink=auto", f"{source}/.", str(target)], check=True)
    subprocess.run(["chmod", "-R", "a+rX", str(target)], check=True)


def _mend_class_map(woocommerce: Path) -> None:
    """Some copies of 10.0 carry a file under another case than the class map asks for."""
    folder = woocommerce / "src" / "Caching"
    asked, named = folder / "WPCacheEngine.php", folder / "WpCacheEngine.php"
    if named.exists() and not asked.exists():
        shutil.copyfile(named, asked)
