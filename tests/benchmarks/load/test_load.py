"""The whole benchmark at its smallest, and what makes it fail."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from benchmarks.load import checks
from benchmarks.load.fraction import Overhead
from benchmarks.load.lines import result_lines
from benchmarks.load.people import LoadPerson, Visit
from benchmarks.load.profiles import PROFILES
from benchmarks.load.running import LoadResult, measure_load
from biometrics.positions import Position
from tests.benchmarks.load.test_answers import RIGHT, enrolled

OVERHEAD = Overhead(
    fraction=dict.fromkeys(("enroll", "identify", "verify"), 0.95),
    cpu_ms=dict.fromkeys(("enroll", "identify", "verify"), (95.0, 100.0)),
    p95_ratio=dict.fromkeys(("enroll", "identify", "verify"), 1.05),
)
RESULT = LoadResult(profile=PROFILES["tiny"], answers=RIGHT, lost=(), wrong={}, overhead=OVERHEAD)


def test_the_document_has_what_is_asked_of_it() -> None:
    document = json.loads(json.dumps(RESULT.document(), allow_nan=False))
    assert (document["requests"], document["lost"], document["wrong"]) == (6, 0, 0)
    assert document["http_fraction"] == {"enroll": 0.95, "identify": 0.95, "verify": 0.95}
    assert {"requests_per_s", "p50_ms", "p95_ms", "p99_ms"} <= document.keys()
    assert (document["asked_to_come_later"], document["unanswered"], document["enrolled"]) == (1, 1, 3)


@pytest.mark.parametrize("changes", [{"lost": ("A",)}, {"wrong": {"falsely unique": ("A",)}}])
def test_what_is_lost_or_wrong_fails_and_is_named(changes: dict[str, object]) -> None:
    assert not RESULT.failed
    failed = replace(RESULT, **changes)  # type: ignore[arg-type]
    assert failed.failed
    assert any("A" in line.split("(")[-1] or ": A" in line for line in result_lines(failed))


@pytest.mark.parametrize(
    ("recorded", "found", "lost"),
    [(200, ["A"], ()), (200, ["A-AGAIN"], ()), (404, ["A"], ("A",)), (200, [], ("A",)), (200, ["B"], ("A",))],
)
def test_an_acknowledged_enrollment_is_lost_unless_it_is_read_and_found(
    recorded: int, found: list[str], lost: tuple[str, ...]
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(recorded, json=[{}])
        return httpx.Response(200, json=[{"personId": name} for name in found])

    visit = Visit(pictures=((Position.RIGHT_INDEX, b"picture"),))
    people = {"A": LoadPerson(label="A", visits=(visit, visit, visit))}
    with httpx.Client(transport=httpx.MockTransport(answer), base_url="http://kura.example") as client:
        told = checks.lost_people([enrolled("A", "unique", "A")], people, client, lambda *_: None)
    assert told == lost


@pytest.mark.slow
def test_a_load_is_borne_and_nothing_is_lost(tmp_path: Path) -> None:
    result = measure_load(PROFILES["tiny"], tmp_path, lambda *_: None)
    document = result.document()
    assert not result.failed, document
    assert document["enrolled"] == PROFILES["tiny"].arriving + PROFILES["tiny"].returning
    assert document["requests"] > document["enrolled"]
    assert document["strangers_in_question"] == 0
    assert set(document["http_fraction"]) == {"enroll", "identify", "verify"}
