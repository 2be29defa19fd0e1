"""Products as the back office describes them: made once, changed where the shop lets them be."""

from __future__ import annotations

import http.server
import struct
import threading
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.counterpart import Counterpart
from tests.acceptance.road import SERVICES, Road
from tests.shop.shop import Shop

APPLIED, REFUSED = 2, 3
SHIRT = [{"name": "Colour", "values": ["Red", "Blue"], "varies": True},
         {"name": "Fabric", "values": ["Linen"], "varies": False}]  # fmt: skip


def png(width: int = 8) -> bytes:
    """A small picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    rows = b"".join(b"\0" + bytes([width, 99, 7] * width) for _ in range(width))
    head = struct.pack(">IIBBBBB", width, width, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))  # fmt: skip


class Pictures(http.server.BaseHTTPRequestHandler):
    """What a PIM serves, and what it should not."""

    asked: list[str] = []  # noqa: RUF012 - of all requests

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status, kind, body = 200, "image/png", png()
        if self.path.startswith("/page"):
            kind, body = "image/png", b"<html><script>alert(1)</script>"
        elif self.path.startswith("/huge"):
            body = png() + b"\0" * (11 << 20)
        elif self.path.startswith("/away"):
            status = 302
        elif self.path.startswith("/broken"):
            status = 500
        elif self.path.startswith("/other"):
            body = png(16)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status == 302:
            self.send_header("Location", "http://localhost:1/inside.png")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            return

    def log_message(self, *_: Any) -> None:
        """Nothing: tests look at `asked`."""


@pytest.fixture(scope="module")
def pictures() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pictures)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def road(shop: Shop) -> Iterator[Road]:
    with Counterpart() as sidecar:
        road = Road(shop, sidecar)
        road.pair()
        for option in ("product_fields", "new_products", "image_hosts", "sync_products"):
            shop.php(f"delete_option( 'causeway_{option}' );")
        road.call("breaker()->succeeded()")
        shop.sql("DELETE FROM wp_causeway_inbox")
        shop.sql("DELETE FROM wp_causeway_outbox")
        yield road


def tell(road: Road, sku: str, product_id: int = 0, key: str = "", **fields: Any) -> list[Any]:
    """The sidecar says it, the shop polls; state and result of the update."""
    said = {name: fields.pop(name, None) for name in ("gtin", "parent_sku")}
    number = len(road.sidecar.updates) + 1
    key = key or f"shop:product:pim:{sku}:{id(road)}:{number}"
    road.sidecar.updates.append({
        "id": str(number), "key": key, "kind": "product", "entity": "product",
        "entity_id": str(product_id), "created_at": "2026-11-20T15:36:35Z",
        "data": {"operation": "update" if product_id else "create",
                 "product_id": str(product_id) if product_id else None,
                 "sku": sku, **said, "fields": fields},
    })  # fmt: skip
    road.poll()
    rows = road.shop.sql("SELECT state, result FROM wp_causeway_inbox ORDER BY id DESC LIMIT 1")
    return [rows[0]["state"], rows[0]["result"]]


def found(road: Road, sku: str) -> dict[str, Any]:
    """What WooCommerce has under a SKU."""
    got: dict[str, Any] = road.shop.value(
        "$p = wc_get_product( wc_get_product_id_by_sku( $sku ) ); if ( ! $p ) { return array(); }"
        "return array( 'id' => $p->get_id(), 'name' => $p->get_name(), 'type' => $p->get_type(),"
        "'status' => $p->get_status(), 'text' => $p->get_description(),"
        "'short' => $p->get_short_description(), 'weight' => $p->get_weight(),"
        "'tax' => $p->get_tax_class(), 'parent' => $p->get_parent_id(),"
        "'gtin' => method_exists( $p, 'get_global_unique_id' ) ? $p->get_global_unique_id() : '',"
        "'categories' => array_map( fn( $id ) => get_term( $id )->name, $p->get_category_ids() ),"
        "'attributes' => $p->is_type( 'variation' ) ? $p->get_attributes() :"
        "array_map( fn( $a ) => array( $a->get_options(), $a->get_variation() ),"
        "$p->get_attributes() ),"
        "'pictures' => array_values( array_filter( array_merge( array( $p->get_image_id() ),"
        "$p->get_gallery_image_ids() ) ) ) );", sku=sku,
    )  # fmt: skip
    return got


def allow(road: Road, **options: Any) -> None:
    for name, value in options.items():
        road.shop.php("update_option( $name, $value );", name=f"causeway_{name}", value=value)


def sent(road: Road) -> list[str]:
    road.send()
    return [e["entity_id"] for e in road.sidecar.events if e["entity"] == "product"]


def test_a_product_is_made_with_all_that_is_said_of_it(road: Road) -> None:
    assert tell(
        road, "LAMP-1", gtin="4006381333931", name="Lamp <b>bright</b>",
        description="<p>Fine</p><script>alert(1)</script><a href='javascript:x()'>y</a>",
        short_description="Short <iframe src='https://evil.example'></iframe>",
        categories=["Home > Light & Lamps", "New"], weight_kg="1.250", tax_class="reduced-rate",
        attributes=[{"name": "Fabric", "values": ["Linen"], "varies": False}], active=True,
    )[0] == APPLIED  # fmt: skip
    lamp = found(road, "LAMP-1")
    assert (lamp["name"], lamp["type"], lamp["status"]) == ("Lamp bright", "simple", "draft")
    assert "script" not in lamp["text"]
    assert "<p>Fine</p>" in lamp["text"]
    assert "iframe" not in lamp["short"]
    assert sorted(lamp["categories"]) == ["Light &amp; Lamps", "New"]
    assert (float(lamp["weight"]), lamp["tax"]) == (
        2.755775,
        "reduced-rate",
    )  # the shop weighs in lb
    assert lamp["gtin"] in ("4006381333931", "")
    assert lamp["attributes"] == {"fabric": [["Linen"], False]}
    parent = road.shop.value(
        "return get_term( get_term_by( 'name', 'Light & Lamps', 'product_cat' )->parent )->name;"
    )
    assert parent == "Home"


def test_the_sidecar_learns_of_what_was_made_and_hears_no_echo_of_what_was_changed(
    road: Road,
) -> None:
    allow(road, new_products="publish", send_products="yes")
    tell(road, "LAMP-2", name="Lamp")
    lamp = found(road, "LAMP-2")
    assert lamp["status"] == "publish"
    assert sent(road) == [str(lamp["id"])]
    assert tell(road, "LAMP-2", lamp["id"], name="Better lamp")[0] == APPLIED
    assert found(road, "LAMP-2")["name"] == "Better lamp"
    assert sent(road) == [str(lamp["id"])]


def test_five_that_are_told_at_once_make_one_product(road: Road) -> None:
    for number in range(5):
        road.sidecar.updates.append({
            "id": str(number + 1), "key": f"shop:five:{id(road)}:{number}", "kind": "product",
            "entity": "product", "entity_id": "0", "created_at": "2026-11-20T15:36:35Z",
            "data": {"operation": "create", "product_id": None, "sku": "FIVE-1", "gtin": None,
                     "parent_sku": None, "fields": {"name": "Five", "categories": ["Five > A"]}},
        })  # fmt: skip
    running = [road.shop.start_php(f"{SERVICES}->poller()->run();") for _ in range(5)]
    assert [process.wait() for process in running] == [0] * 5
    road.shop.sql("UPDATE wp_causeway_inbox SET available_at = 0")
    road.poll()
    products = road.shop.sql(
        "SELECT DISTINCT post_id FROM wp_postmeta WHERE meta_key = '_sku' AND meta_value = 'FIVE-1'"
    )
    assert len(products) == 1
    assert len(road.shop.sql("SELECT term_id FROM wp_terms WHERE name = 'Five'")) == 1
    states = road.shop.sql("SELECT DISTINCT state FROM wp_causeway_inbox")
    assert [row["state"] for row in states] == [APPLIED]


def test_a_worker_that_dies_while_it_makes_one_makes_no_second(road: Road) -> None:
    with road.shop.fault("woocommerce_new_product", "kill", times=1):
        road.sidecar.updates.append({
            "id": "1", "key": f"shop:dies:{id(road)}", "kind": "product", "entity": "product",
            "entity_id": "0", "created_at": "2026-11-20T15:36:35Z",
            "data": {"sku": "DIES-1", "gtin": "", "fields": {"name": "Dies", "weight_kg": "2"}},
        })  # fmt: skip
        road.shop.start_php(f"{SERVICES}->poller()->run();").wait()
    road.shop.sql("UPDATE wp_causeway_inbox SET claimed_until = 0")
    road.poll()
    rows = road.shop.sql("SELECT ID FROM wp_posts WHERE post_title IN ('Dies', 'DIES-1')")
    assert len(rows) == 1
    assert float(found(road, "DIES-1")["weight"]) > 4  # pounds


def test_variations_come_with_their_parent_in_any_order(road: Road) -> None:
    size = {"name": "Colour", "varies": True}
    assert tell(road, "SHIRT-X-RED", parent_sku="SHIRT-X",
                attributes=[{**size, "values": ["Red"]}])[0] == 0  # fmt: skip
    assert tell(road, "SHIRT-X", name="Shirt X", attributes=SHIRT)[0] == APPLIED
    tell(road, "SHIRT-X-GREEN", parent_sku="SHIRT-X", description="Green one",
         attributes=[{**size, "values": ["Green"]}])  # fmt: skip
    road.shop.sql("UPDATE wp_causeway_inbox SET available_at = 0")
    road.poll()
    parent, red, green = (found(road, sku) for sku in ("SHIRT-X", "SHIRT-X-RED", "SHIRT-X-GREEN"))
    assert parent["type"] == "variable"
    assert parent["attributes"]["colour"] == [["Red", "Blue", "Green"], True]
    assert (red["parent"], green["parent"]) == (parent["id"], parent["id"])
    assert (red["attributes"], green["attributes"]) == ({"colour": "Red"}, {"colour": "Green"})
    assert green["text"] == "Green one"


def test_a_product_is_found_by_its_gtin_and_keeps_its_own_sku(road: Road) -> None:
    made = road.shop.value(
        "$p = new WC_Product_Simple(); $p->set_name( 'Own' ); $p->set_sku( 'OWN-1' );"
        "if ( ! method_exists( $p, 'set_global_unique_id' ) ) { return 0; }"
        "$p->set_global_unique_id( '4012345678901' ); return $p->save();"
    )
    if not made:
        pytest.skip("this WooCommerce keeps no GTIN")
    assert tell(road, "THEIRS-1", gtin="4012345678901", name="Renamed")[0] == APPLIED
    assert (found(road, "OWN-1")["name"], found(road, "THEIRS-1")) == ("Renamed", [])


def test_what_nobody_can_tell_apart_is_refused_in_words(road: Road) -> None:
    road.shop.php(
        'foreach ( array( 1, 2 ) as $n ) { $p = new WC_Product_Simple(); $p->set_name( "Twin $n" );'
        "$id = $p->save(); update_post_meta( $id, '_sku', 'TWIN' );"
        "$GLOBALS['wpdb']->update( $GLOBALS['wpdb']->prefix . 'wc_product_meta_lookup',"
        "array( 'sku' => 'TWIN' ), array( 'product_id' => $id ) ); }"
    )
    state, said = tell(road, "TWIN", name="X")
    assert state == REFUSED
    assert "several products" in said
    assert tell(road, "GONE", 99999999, name="X") == [
        REFUSED,
        "there is no such product in this shop",
    ]
    assert "“weight_kg”" in tell(road, "LAMP-9", weight_kg="heavy")[1]
    allow(road, sync_products="no")
    assert "settings" in tell(road, "LAMP-9", name="X")[1]


def test_the_shops_own_edits_are_respected_where_it_says_so(road: Road) -> None:
    allow(road, product_fields={"name": "unedited", "description": "never"})
    tell(road, "EDIT-1", name="First", description="Theirs", weight_kg="1")
    one = found(road, "EDIT-1")
    assert (one["name"], one["text"]) == ("First", "")
    tell(road, "EDIT-1", one["id"], name="Second")
    assert found(road, "EDIT-1")["name"] == "Second"
    road.shop.php(
        "$p = wc_get_product( $id ); $p->set_name( 'The shop’s' ); $p->save();", id=one["id"]
    )
    state, said = tell(road, "EDIT-1", one["id"], name="Third", description="X", weight_kg="3")
    assert state == APPLIED
    assert "left as the shop has it: name, description" in said
    one = found(road, "EDIT-1")
    assert (one["name"], one["text"]) == ("The shop’s", "")
    assert float(one["weight"]) > 6


def test_what_is_taken_off_the_shelves_comes_back_and_a_draft_of_the_shops_stays(
    road: Road,
) -> None:
    allow(road, new_products="publish")
    tell(road, "OFF-1", name="Off")
    one = found(road, "OFF-1")["id"]
    tell(road, "OFF-1", one, active=False)
    assert found(road, "OFF-1")["status"] == "draft"
    tell(road, "OFF-1", one, active=True)
    assert found(road, "OFF-1")["status"] == "publish"
    road.shop.php("wp_update_post( array( 'ID' => $id, 'post_status' => 'draft' ) );", id=one)
    tell(road, "OFF-1", one, active=True, weight_kg="1")
    assert found(road, "OFF-1")["status"] == "draft"


def test_saying_the_same_again_saves_nothing(road: Road) -> None:
    said = {"name": "Same", "categories": ["New"], "weight_kg": "1.5", "attributes": SHIRT}
    tell(road, "SAME-1", **said)
    one = found(road, "SAME-1")["id"]
    road.sidecar.updates.append({
        "id": "2", "key": f"shop:same:{id(road)}", "kind": "product", "entity": "product",
        "entity_id": str(one), "created_at": "2026-11-20T15:36:35Z",
        "data": {"sku": "SAME-1", "product_id": str(one), "fields": said},
    })  # fmt: skip
    saves = road.shop.value(
        "$n = 0; add_action( 'woocommerce_update_product', function () use ( &$n ) { ++$n; } );"
        f"{SERVICES}->poller()->run(); return $n;"
    )
    assert saves == 0


def test_pictures_are_fetched_by_a_job_of_their_own_and_each_once(
    road: Road, pictures: str
) -> None:
    allow(road, image_hosts=pictures)
    Pictures.asked.clear()
    urls = [f"http://{pictures}/a.png?v=1", f"http://{pictures}/other.png"]
    tell(road, "PIC-1", name="Pictured", images=urls)
    assert Pictures.asked == []
    road.call("product_images()->run()")
    one = found(road, "PIC-1")
    assert len(one["pictures"]) == 2
    tell(road, "PIC-2", name="Also", images=urls[:1])
    tell(road, "PIC-1", one["id"], images=urls, name="Still")
    road.call("product_images()->run()")
    assert found(road, "PIC-2")["pictures"] == one["pictures"][:1]
    assert sorted(Pictures.asked) == ["/a.png?v=1", "/other.png"]


def test_pictures_that_are_none_or_lie_elsewhere_are_not_taken(road: Road, pictures: str) -> None:
    allow(road, image_hosts=pictures)
    tell(road, "PIC-3", name="Bad", images=[
        f"http://{pictures}/page.png", f"http://{pictures}/huge.png", f"http://{pictures}/away",
        "http://localhost:1/x.png", "file:///etc/passwd", f"http://{pictures}/good.png",
    ])  # fmt: skip
    road.call("product_images()->run()")
    assert len(found(road, "PIC-3")["pictures"]) == 1
    assert road.shop.sql("SELECT * FROM wp_postmeta WHERE meta_key = '_causeway_images'") == []


def test_no_picture_is_fetched_from_a_host_that_the_owner_has_not_named(
    road: Road, pictures: str
) -> None:
    Pictures.asked.clear()
    tell(road, "PIC-4", name="None", images=[f"http://{pictures}/a4.png"])
    road.call("product_images()->run()")
    assert (Pictures.asked, found(road, "PIC-4")["pictures"]) == ([], [])


def test_a_picture_whose_server_is_ill_is_asked_for_again_later(road: Road, pictures: str) -> None:
    allow(road, image_hosts=pictures)
    tell(road, "PIC-5", name="Ill", images=[f"http://{pictures}/broken.png"])
    Pictures.asked.clear()
    road.call("product_images()->run()")
    road.call("product_images()->run()")
    assert Pictures.asked == ["/broken.png"]
    assert road.shop.sql("SELECT 1 AS n FROM wp_postmeta WHERE meta_key = '_causeway_images'")
    road.shop.php("delete_post_meta_by_key( '_causeway_images' );")


def test_no_customer_waits_for_a_picture(road: Road, pictures: str) -> None:
    allow(road, image_hosts=pictures)
    tell(road, "PIC-6", name="Waits", images=[f"http://{pictures}/a6.png"])
    Pictures.asked.clear()
    road.shop.checkout_store_api([("PEN", 1)])
    road.call("product_images()->run()")
    assert Pictures.asked == ["/a6.png"]
    # By whom: the job may have been started beside the checkout, but not in a customer's request.
    by = [call["request"] for call in road.shop.outgoing() if call["url"].endswith("/a6.png")]
    assert len(by) == 1
    assert "wc/store" not in by[0]
