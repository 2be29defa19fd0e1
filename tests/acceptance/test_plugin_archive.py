"""What `./scripts/build-plugin` makes, installed by WordPress's own installer."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import Say, standing
from tests.shop.account import give
from tests.shop.docroot import PLUGIN_SLUG
from tests.shop.shop import PLUGIN_FILE, Shop

SCRIPT = Path(__file__).parents[2] / "scripts" / "build-plugin"
INSTALL = """
require_once ABSPATH . 'wp-admin/includes/admin.php';
require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';
$skin = new Automatic_Upgrader_Skin();
$upgrader = new Plugin_Upgrader( $skin );
$done = $upgrader->install( $archive );
return array( true === $done, $upgrader->plugin_info(), $skin->get_upgrade_messages() );
"""


@pytest.fixture(scope="module")
def installed(say: Say, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    target = tmp_path_factory.mktemp("dist")
    built = subprocess.run([str(SCRIPT), str(target)], capture_output=True, text=True, check=True)
    with standing(say, plugin=None) as shop:
        archive = shop.place.folder / "archive.zip"
        shutil.copyfile(built.stdout.strip(), archive)
        give(archive)
        done, name, messages = shop.value(INSTALL, archive=str(archive))
        assert done, messages
        assert name == f"{PLUGIN_SLUG}/{PLUGIN_FILE}"
        yield shop


def test_wordpress_installs_it_and_switches_it_on_and_off(installed: Shop) -> None:
    installed.activate()
    assert installed.checkout_store_api([("MUG-01", 1)])
    [row] = installed.sql("SELECT COUNT(*) AS n FROM wp_causeway_outbox WHERE entity = 'order'")
    assert row["n"] == 1
    assert installed.admin.page("/wp-admin/admin.php?page=wc-settings&tab=causeway")
    installed.deactivate()
    installed.checkout_store_api([("MUG-01", 1)])
    [row] = installed.sql("SELECT COUNT(*) AS n FROM wp_causeway_outbox WHERE entity = 'order'")
    assert row["n"] == 1
    assert PLUGIN_SLUG not in installed.notebook.debug_log()
