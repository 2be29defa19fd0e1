"""What the shop's people read in an order's notes, in the shop's language. One catalogue."""

from __future__ import annotations

from causeway.flows.decision import Tell
from causeway.flows.scene import Scene

CATALOGUE: dict[str, dict[str, str]] = {
    "booked": {
        "en": "Booked in the back office as {number}{rounding}.",
        "de": "In der Warenwirtschaft gebucht als {number}{rounding}.",
    },
    "rounding": {
        "en": ", with a rounding line over {amount}",
        "de": ", mit einer Rundungszeile über {amount}",
    },
    "adopted": {
        "en": "The back office had this order already as {number}; it was taken over.",
        "de": "Die Warenwirtschaft hatte diese Bestellung schon als {number}; übernommen.",
    },
    "refund_booked": {
        "en": "Refund{amount} booked in the back office as {number}.",
        "de": "Erstattung{amount} in der Warenwirtschaft gebucht als {number}.",
    },
    "refund_reversed": {
        "en": "Refund {refund} was deleted; the back office took its credit back with {number}.",
        "de": "Erstattung {refund} wurde gelöscht; die Warenwirtschaft hat ihre Gutschrift mit "
        "{number} zurückgenommen.",
    },
    "over": {"en": " over {amount}", "de": " über {amount}"},
    "released": {
        "en": "Handed to the warehouse as {number}.",
        "de": "An das Lager übergeben als {number}.",
    },
    "parked": {
        "en": "This order could not be {what} at {connection}: {reason}. A case is open in "
        "Causeway.",
        "de": "Diese Bestellung konnte bei {connection} nicht {what} werden: {reason}. In "
        "Causeway ist ein Fall offen.",
    },
    "book": {"en": "booked", "de": "gebucht"},
    "update": {"en": "changed", "de": "geändert"},
    "cancel": {"en": "cancelled", "de": "storniert"},
    "refund": {"en": "refunded", "de": "erstattet"},
    "reverse": {"en": "freed of a deleted refund", "de": "von einer gelöschten Erstattung befreit"},
    "request": {"en": "sent to the warehouse", "de": "an das Lager übergeben"},
    "stop": {"en": "stopped at the warehouse", "de": "im Lager angehalten"},
    "return": {"en": "announced as a return", "de": "als Rücksendung angekündigt"},
    "payment": {"en": "marked as paid", "de": "als bezahlt gebucht"},
    "journal": {"en": "posted", "de": "verbucht"},
    "updated": {
        "en": "The change was made in the back office too.",
        "de": "Die Änderung steht auch in der Warenwirtschaft.",
    },
    "cancelled": {
        "en": "Cancelled in the back office too.",
        "de": "Auch in der Warenwirtschaft storniert.",
    },
    "stopped": {
        "en": "The warehouse has stopped; nothing of that request will be sent.",
        "de": "Das Lager hat angehalten; aus diesem Auftrag wird nichts versandt.",
    },
    "too_late": {
        "en": "Too late to stop the warehouse: the goods are on their way.",
        "de": "Zu spät, um das Lager anzuhalten: Die Ware ist unterwegs.",
    },
    "rerouted": {
        "en": "The warehouse {warehouse} cannot send it ({reason}); another one was asked.",
        "de": "Das Lager {warehouse} kann nicht liefern ({reason}); ein anderes wurde beauftragt.",
    },
    "not_sent": {
        "en": "The warehouse {warehouse} cannot send it ({reason}), and no other can. A case is "
        "open in Causeway.",
        "de": "Das Lager {warehouse} kann nicht liefern ({reason}), und kein anderes kann es. In "
        "Causeway ist ein Fall offen.",
    },
    "credit_hold": {
        "en": "The back office ({connection}) holds the order: {reason}. Nothing is sent.",
        "de": "Die Warenwirtschaft ({connection}) hält die Bestellung zurück: {reason}. Es wird "
        "nichts versandt.",
    },
    "credit_given": {
        "en": "The back office lets the order go on.",
        "de": "Die Warenwirtschaft hat die Bestellung freigegeben.",
    },
    "on_hold": {"en": "The warehouse waits: {reason}.", "de": "Das Lager wartet: {reason}."},
    "lots": {
        "en": "Lot and serial numbers in parcel {parcel}: {goods}.",
        "de": "Chargen- und Seriennummern in Paket {parcel}: {goods}.",
    },
    "untracked": {
        "en": "A parcel has left; its tracking number is still to come.",
        "de": "Ein Paket ist unterwegs; die Sendungsnummer folgt.",
    },
    "refund_there": {
        "en": "The back office refunded {amount}: {reason}.",
        "de": "Die Warenwirtschaft hat {amount} erstattet: {reason}.",
    },
    "pay_back": {
        "en": "Please pay the money back through the payment provider: Causeway moves none.",
        "de": "Bitte das Geld über den Zahlungsanbieter zurückzahlen: Causeway bewegt keines.",
    },
    "return_allowed": {
        "en": "Return {id} is allowed; the goods are awaited.",
        "de": "Rücksendung {id} ist erlaubt; die Ware wird erwartet.",
    },
    "return_arrived": {
        "en": "Return {id} arrived: {goods}.",
        "de": "Rücksendung {id} ist eingetroffen: {goods}.",
    },
    "restock": {"en": "back on the shelf", "de": "wieder im Regal"},
    "write_off": {"en": "written off", "de": "abgeschrieben"},
    "undecided": {"en": "to be looked at", "de": "noch zu prüfen"},
    "exchange_unknown": {
        "en": "Exchanged for order {order}, which has not arrived here: look what is to be paid.",
        "de": "Umgetauscht gegen Bestellung {order}, die hier nicht eingetroffen ist: Bitte "
        "nachsehen, was zu zahlen ist.",
    },
    "exchange_owed": {
        "en": "Exchanged for order {order}: {amount} remain to be paid back.",
        "de": "Umgetauscht gegen Bestellung {order}: Es sind noch {amount} zurückzuzahlen.",
    },
    "exchange_surcharge": {
        "en": "Exchanged for order {order}: a surcharge of {amount} is to be paid with it.",
        "de": "Umgetauscht gegen Bestellung {order}: Damit sind {amount} aufzuzahlen.",
    },
    "exchange_even": {
        "en": "Exchanged for order {order}: nothing is to be paid either way.",
        "de": "Umgetauscht gegen Bestellung {order}: Es ist nichts zu zahlen.",
    },
}


def say(scene: Scene, name: str, **values: object) -> str:
    """A sentence of the catalogue in the store's language."""
    return CATALOGUE[name][scene.policy.language].format(**values)


def note(ref: str, text: str, to_customer: bool = False) -> Tell:
    """A note for the order in the shop; private unless it is for the customer."""
    return Tell("note", ref, {"text": text, "to_customer": to_customer})
