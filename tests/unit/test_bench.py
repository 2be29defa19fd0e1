"""The benchmark's own logic: what it computes must be right before it measures anything."""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import __main__ as command
from bench import client, orders, processes, registry, report
from bench.answers import Answer, AnswerReader, NotUnderstood
from bench.load import Plan
from bench.orders import Target
from bench.paired import difference
from bench.rows import Bar, Limit, Row, exit_code
from bench.stats import percentile
from causeway.wire import envelope, signature

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def test_percentiles_are_values_of_the_sample_by_nearest_rank() -> None:
    sample = [float(n) for n in range(100, 0, -1)]
    assert percentile(sample, 0.5) == 50
    assert percentile(sample, 0.99) == 99
    assert percentile(sample, 1) == 100
    assert percentile([7.0], 0.01) == 7


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_a_percentile_covers_its_share_and_no_smaller_value_does(
    sample: list[float], share: float
) -> None:
    found = percentile(sample, share)
    assert found in sample
    assert sum(value <= found for value in sample) >= share * len(sample)
    smaller = [value for value in sample if value < found]
    assert not smaller or len(smaller) < share * len(sample)


@pytest.mark.parametrize(("sample", "share"), [([], 0.5), ([1.0], 1.1), ([1.0], -0.1)])
def test_what_has_no_percentile_is_an_error(sample: list[float], share: float) -> None:
    with pytest.raises(ValueError, match=r"percentiles|share"):
        percentile(sample, share)


def written(answer: Answer) -> bytes:
    close = b"Connection: close\r\n" if answer.closes else b""
    head = b"HTTP/1.1 %d Whatever\r\nServer: x\r\ncontent-LENGTH:  %d\r\n%s\r\n"
    return head % (answer.status, len(answer.body), close) + answer.body


ANSWERS = st.builds(Answer, st.integers(200, 599), st.binary(max_size=200), st.booleans())


@given(st.lists(ANSWERS, max_size=5), st.lists(st.integers(0, 2000), max_size=10))
def test_answers_are_read_the_same_however_the_bytes_arrive(
    sent: list[Answer], cuts: list[int]
) -> None:
    stream = b"".join(written(answer) for answer in sent)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    reader = AnswerReader()
    got = [a for start, end in pairwise(edges) for a in reader.feed(stream[start:end])]
    assert got == sent


@pytest.mark.parametrize(
    "bytes_",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"SSH-2.0-nobody\r\nContent-Length: 0\r\n\r\n",
        b"x" * 70_000,
    ],
)
def test_what_is_no_answer_is_not_taken_for_one(bytes_: bytes) -> None:
    with pytest.raises(NotUnderstood):
        AnswerReader().feed(bytes_)


@pytest.mark.parametrize(
    ("bar", "value", "verdict"),
    [
        (Bar(">=", 600), 600.0, "ok"),
        (Bar(">=", 600), 599.9, "missed"),
        (Bar("<=", 100), 100.0, "ok"),
        (Bar("<=", 100), 100.1, "missed"),
        (None, 1.0, "none"),
        (None, None, "failed"),
    ],
)
def test_a_row_is_judged_by_its_bar(bar: Bar | None, value: float | None, verdict: str) -> None:
    assert Row("x", value, "ms", bar=bar).verdict == verdict


def test_a_measure_that_lost_something_failed_whatever_its_speed() -> None:
    row = Row("intake", 1e6, "orders/s", bar=Bar(">=", 600), failure="10 acknowledged, 9 kept")
    assert row.verdict == "failed"
    assert exit_code([row], check=False) == 1


def test_a_missed_bar_ends_with_1_only_when_checked() -> None:
    rows = [Row("x", 1.0, "s", bar=Bar("<=", 0.5)), Row("y", 1.0, "s")]
    assert exit_code(rows, check=False) == 0
    assert exit_code(rows, check=True) == 1
    assert exit_code(rows[1:], check=True) == 0


def test_the_ratio_is_the_value_over_the_limit() -> None:
    row = Row("x", 50.0, "ms", (Limit("bare", 200.0), Limit("none", None), Limit("zero", 0.0)))
    assert [row.ratio(limit) for limit in row.limits] == [0.25, None, None]


def test_the_table_shows_each_row_its_limits_its_bar_and_why_it_failed() -> None:
    rows = [
        Row("fast", 1234.5, "a/s", (Limit("bare", 2469.0), Limit("barer", 1.0)), Bar(">=", 2000)),
        Row("lost", 1.0, "s", failure="one is gone"),
    ]
    text = report.table(rows)
    head = next(line for line in text.splitlines() if line.startswith("fast"))
    assert head.split() == [
        "fast",
        "1,234",
        "a/s",
        "2,469",
        "a/s:",
        "bare",
        "0.50",
        "≥",
        "2,000",
        "MISSED",
    ]
    assert "1.00 a/s: barer" in text
    assert "lost: one is gone" in text


def test_each_order_is_another_one_of_the_size_that_is_measured() -> None:
    events = [orders.event(number) for number in (1, 2)]
    assert len({event["id"] for event in events}) == 2
    assert [event["data"]["order"]["id"] for event in events] == [1, 2]
    assert all(2900 < len(orjson.dumps({"events": [event]})) < 3100 for event in events)


def test_a_request_is_one_the_sidecar_believes_and_can_read() -> None:
    target = Target(8080, store="bench", secret=SECRET)
    made = list(orders.requests(target, first=1, count=2, batch=3))
    ids = set()
    for raw in made:
        head, _, body = raw.partition(b"\r\n\r\n")
        line, *lines = head.decode().split("\r\n")
        headers = dict(text.split(": ", 1) for text in lines)
        assert line == "POST /v1/events HTTP/1.1"
        assert int(headers["Content-Length"]) == len(body)
        ids.add(signature.verify(headers, body, [SECRET], datetime.now(UTC)).id)
        assert len(envelope.read(body, "bench", 200).events) == 3
    assert len(ids) == 2


def said(**counts: int) -> bytes:
    names = ("accepted", "duplicates", "refused")
    return orjson.dumps({name: ["x"] * counts.get(name, 0) for name in names})


def test_only_what_was_accepted_counts_and_all_else_is_a_failure() -> None:
    answers = [
        Answer(202, said(accepted=3), False),
        Answer(202, said(accepted=1, duplicates=1, refused=2), False),
        Answer(503, b"", False),
    ]
    kept, failures = client.judge(answers, signed=True)
    assert kept == 4
    assert failures == {"duplicate": 1, "refused": 2, "status 503": 1}


class Teapot(BaseHTTPRequestHandler):
    """Answers 202 to every other request, closes now and then, and counts."""

    protocol_version = "HTTP/1.1"
    seen = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        Teapot.seen += 1
        number = Teapot.seen
        self.send_response(202 if number % 2 else 418)
        if number % 7 == 0:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def teapot() -> Iterator[int]:
    Teapot.seen = 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Teapot)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_client_sends_each_request_once_and_counts_every_answer(teapot: int) -> None:
    plan = Plan(Target(teapot, "/"), connections=4, count=40, warm_up=10)
    seen = client.send(plan)
    assert Teapot.seen == 50
    assert seen.requests == 40
    assert seen.failures == {"status 418": 25}
    assert 0 < seen.p50 <= seen.p99 <= seen.longest


def test_a_measure_that_breaks_is_a_failed_row_and_the_others_still_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> list[Row]:
        raise OSError("no disk")

    def fine() -> list[Row]:
        return [Row("fine", 1.0, "s", bar=Bar("<=", 2))]

    monkeypatch.setattr(registry, "MEASURES", {"broken": ("", broken), "fine": ("", fine)})
    assert command.main(["--json"]) == 1
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [(row["name"], row["verdict"]) for row in rows] == [("broken", "failed"), ("fine", "ok")]
    assert rows[0]["failure"] == "OSError: no disk"
    assert command.main(["fine", "--check"]) == 0


def test_a_name_that_is_no_measure_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["nonsense"])
    assert "intake-batch" in capsys.readouterr().err


PARENT = """
import subprocess, sys, time
code = "import time; print(1, flush=True); time.sleep(600)"
command = [sys.executable, "-c", code]
child = subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(600)
"""


def test_what_a_process_left_behind_is_ended_with_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", PARENT]
    with processes.running(command, dict(os.environ), log) as parent:
        processes.wait_until(lambda: log.read_text().strip().isdigit(), parent, log)
        child = int(log.read_text())
        assert processes.family(parent.pid) == [parent.pid, child]
    assert (
        not Path(f"/proc/{child}").exists()
        or "(zombie)" in Path(f"/proc/{child}/status").read_text()
    )


def test_a_process_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", "raise SystemExit('no such luck')"]
    with (
        processes.running(command, dict(os.environ), log) as child,
        pytest.raises(processes.DidNotStart, match="no such luck"),
    ):
        processes.wait_until(lambda: False, child, log)


# --- pairs


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=60))
def test_the_interval_of_a_difference_holds_its_median(differences: list[float]) -> None:
    found = difference(differences, [0.0] * len(differences))
    assert found.low <= found.median <= found.high
    assert found.pairs == len(differences)


def test_what_all_pairs_agree_on_is_sure() -> None:
    found = difference([12.0, 13.0, 14.0], [10.0, 11.0, 12.0])
    assert (found.median, found.low, found.high, found.margin) == (2.0, 2.0, 2.0, 0.0)


def test_drift_within_a_run_is_no_difference() -> None:
    """Both of a pair are slow when the machine is."""
    drift = [float(second * second) for second in range(50)]
    found = difference([taken + 1.5 for taken in drift], drift)
    assert (found.low, found.high) == (1.5, 1.5)


def test_the_interval_holds_the_truth_95_times_in_100() -> None:
    chance = random.Random(7)
    held = 0
    for _ in range(400):
        found = difference([chance.gauss(3.0, 5.0) for _ in range(40)], [0.0] * 40)
        held += found.low <= 3.0 <= found.high
    assert 0.92 <= held / 400 <= 0.98


def test_a_few_wild_pairs_do_not_move_the_middle() -> None:
    calm = [1.0 + 0.01 * (number % 7) for number in range(60)]
    found = difference([*calm, 500.0, 900.0], [0.0] * 62)
    assert 0.9 < found.low <= found.high < 1.2


def test_pairs_must_be_whole() -> None:
    with pytest.raises(ValueError, match="no pairs"):
        difference([], [])
    with pytest.raises(ValueError, match="argument"):
        difference([1.0], [])
