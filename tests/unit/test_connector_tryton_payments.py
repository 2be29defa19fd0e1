"""A draft of a payment that another worker was faster with."""

from __future__ import annotations

from typing import Any, cast
from unittest.mock import Mock

import pytest

from causeway.connectors.tryton.payments import PaymentDesk
from causeway.errors import CredentialsError

KEY = "berlin:1042:payment"


def desk(client: Mock) -> Any:
    """With a directory whose company is 1."""
    directory = Mock(company=Mock(return_value=1))
    return PaymentDesk(client, directory, cast(Any, None), cast(Any, None))


def test_it_is_deleted() -> None:
    client = Mock()
    desk(client)._drop({"id": 7}, KEY)
    client.delete.assert_called_once_with("account.move", 7, {"company": 1})
    client.write.assert_not_called()


def test_who_may_not_delete_it_takes_it_from_under_the_key() -> None:
    client = Mock()
    client.delete.side_effect = CredentialsError("You are not allowed to access it")
    desk(client)._drop({"id": 7}, KEY)
    model, entry, values = client.write.call_args.args[:3]
    assert (model, entry) == ("account.move", 7)
    assert values["description"] != KEY
    assert "delete this draft" in values["description"]


def test_a_key_that_is_not_accepted_is_told() -> None:
    client = Mock()
    client.delete.side_effect = CredentialsError("no", status=401)
    with pytest.raises(CredentialsError):
        desk(client)._drop({"id": 7}, KEY)
