"""The golden files are what the running app answers, and are read here as a shop would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from causeway.wire.problems import TYPES
from tests.contract.golden import LIMITS, a_world, documents, send, written

HERE = Path(__file__).parent
# Written by hand: tests/unit/test_matching.py holds it.
BY_HAND = "products.json"
GOLDEN = sorted(
    str(path.relative_to(HERE))
    for path in HERE.rglob("*.json")
    if "woocommerce" not in path.parts and path.name != BY_HAND
)
ENVELOPES = [name for name in GOLDEN if name.startswith("envelopes/")]
# Of the operations pages, not of the wire.
ELSEWHERE = {"forbidden"}


def golden(name: str) -> Any:
    return json.loads((HERE / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return documents(tmp_path_factory.mktemp("golden"))


@pytest.mark.parametrize("name", GOLDEN)
def test_the_app_still_answers_what_is_written_down(name: str, answered: dict[str, Any]) -> None:
    assert golden(name) == json.loads(json.dumps(answered[name])), "see tests/contract/README.md"


def test_every_case_is_written_down(answered: dict[str, Any]) -> None:
    assert sorted(answered) == GOLDEN


@pytest.mark.parametrize("name", ENVELOPES)
def test_the_body_in_the_file_gets_the_answer_in_the_file(name: str, tmp_path: Path) -> None:
    case = golden(name)
    with a_world(tmp_path / "world") as (world, _):
        assert written(send(world.shop(), case["request"])) == case["answer"]


@pytest.mark.parametrize("name", ENVELOPES)
def test_every_event_of_a_batch_is_accounted_for_once(name: str) -> None:
    case = golden(name)
    answer = case["answer"]
    if answer["status"] != 202:
        assert answer["body"]["type"].startswith("urn:causeway:problem:")
        return
    body = answer["body"]
    told = len(body["accepted"]) + len(body["duplicates"]) + len(body["refused"])
    sent = case["request"].get("body") or json.loads(case["request"]["body_text"])
    assert told == len(sent["events"])


def test_every_type_of_problem_has_a_golden_file() -> None:
    found = {Path(name).stem for name in GOLDEN if name.startswith("problems/")}
    assert found == set(TYPES) - ELSEWHERE


@pytest.mark.parametrize("name", [n for n in GOLDEN if n.startswith("problems/")])
def test_a_problem_names_its_remedy_and_its_own_status(name: str) -> None:
    answer = golden(name)["answer"]
    body = answer["body"]
    problem = body["refused"][0]["problem"] if "refused" in body else body
    status, title = TYPES[Path(name).stem]
    assert (problem["status"], problem["title"]) == (status, title)
    assert problem["remedy"]
    assert "secret text" not in json.dumps(answer)
    if "refused" not in body:
        assert answer["status"] == status
        assert answer["headers"]["Content-Type"] == "application/problem+json"


def test_nothing_but_its_own_example_is_a_failure_of_ours() -> None:
    failed = {name for name in GOLDEN if golden(name).get("answer", {}).get("status") == 500}
    assert failed == {"problems/internal.json"}


def test_the_limits_are_those_the_readme_tells() -> None:
    text = (HERE / "README.md").read_text(encoding="utf-8")
    assert f"{LIMITS.max_body_bytes:,} bytes" in text
    assert f"batches of {LIMITS.max_batch_events} events" in text


def test_nothing_golden_lies_outside_the_readme() -> None:
    text = (HERE / "README.md").read_text(encoding="utf-8")
    places = {name.split("/")[0] + ("/" if "/" in name else "") for name in GOLDEN}
    assert all(f"`{place}`" in text for place in places)
