# mypy: disable-error-code="import-not-found,import-untyped"
"""Fills a fresh karrio database with two carriers that need no network. Runs inside karrio's own
environment.

    python karrio_bootstrap.py OUT.json

Both are karrio's generic carrier with a rate sheet and a label template: a post with two services,
and a bike courier at home only. Writes what the tests must know (the tokens) to OUT.json. Not
imported by any test.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "karrio.server.settings")
import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from karrio.server.providers.models import (  # noqa: E402
    CarrierConnection,
    RateSheet,
    ServiceLevel,
)
from karrio.server.user.models import Token  # noqa: E402

# service: what it is called, its price in EUR at home and abroad, days, whether it goes abroad
POST = {
    "post_standard": ("Post Standard", 4.90, 12.90, 3, True),
    "post_express": ("Post Express", 9.90, 29.90, 1, True),
}
BIKE = {"bike_today": ("Bike Today", 3.50, 0.0, 0, False)}
HOME = "DE"


def main(out: str) -> None:
    user = person("causeway@example.org")
    for test_mode in (False, True):
        carrier(user, "parcel_post", POST, test_mode)
        carrier(user, "bike_courier", BIKE, test_mode)
    keys = {
        "key": token(user, test_mode=False),
        "test_key": token(user, test_mode=True),
        "bare_key": token(person("newcomer@example.org"), test_mode=False),
    }
    Path(out).write_text(json.dumps(keys))


def person(email: str) -> Any:
    return get_user_model().objects.create_user(email, "a password of the tests")


def token(user: Any, *, test_mode: bool) -> str:
    return str(Token.objects.create(user=user, test_mode=test_mode, label="causeway").key)


def carrier(user: Any, name: str, services: dict[str, Any], test_mode: bool) -> None:
    sheet = RateSheet.objects.create(
        name=name, slug=f"{name}{'_test' if test_mode else ''}", carrier_name="generic",
        created_by=user,
        zones=[{"id": "home", "label": "Home", "country_codes": [HOME]},
               {"id": "abroad", "label": "Abroad", "country_codes": []}],
    )  # fmt: skip
    rates = []
    for code, (title, at_home, abroad, days, goes_abroad) in services.items():
        level = ServiceLevel.objects.create(
            service_name=title, service_code=code, currency="EUR", transit_days=days,
            max_weight=31.5, weight_unit="KG", domicile=True, international=goes_abroad,
            zone_ids=["home", "abroad"] if goes_abroad else ["home"], created_by=user,
        )  # fmt: skip
        sheet.services.add(level)
        rates.append({"service_id": level.id, "zone_id": "home", "rate": at_home})
        if goes_abroad:
            rates.append({"service_id": level.id, "zone_id": "abroad", "rate": abroad})
    sheet.service_rates = rates
    sheet.save()
    CarrierConnection.objects.create(
        carrier_code="generic", carrier_id=name, test_mode=test_mode, created_by=user,
        capabilities=["shipping", "rating"], rate_sheet=sheet, active=True,
        credentials={"display_name": name.replace("_", " ").title(), "custom_carrier_name": name,
                     "account_country_code": HOME},
    )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
