"""What counts as lost or wrong under load, on answers made up for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.load.answers import (
    Answered,
    acknowledged_enrollments,
    percentiles_ms,
    read_answers,
    requests_per_s,
    strangers_in_question,
    wrong_answers,
)


def answered(kind: str, person: str = "A", said: Any = None, **others: Any) -> Answered:
    known = {"of": person, "genuine": True, "status": 200, "ms": 10.0, "at_s": 0.0, "attempt": 0}
    return Answered(kind=kind, person=person, said=said, **(known | others))  # type: ignore[arg-type]


def enrolled(person: str, outcome: str, of: str) -> Answered:
    return answered("enroll", person, {"others": {"outcome": outcome}}, of=of)


RIGHT = (
    enrolled("A", "unique", "A"),
    enrolled("A-AGAIN", "duplicate", "A"),
    enrolled("B", "unique", "B"),
    answered("verify", said={"decision": True}),
    answered("verify", said={"decision": False}, genuine=False),
    answered("identify", said=[{"personId": "X"}, {"personId": "A"}]),
    answered("enroll", "C", status=503),
    answered("enroll", "C", status=0),
)


def test_right_answers_are_not_wrong() -> None:
    assert wrong_answers(RIGHT) == {}
    assert strangers_in_question(RIGHT) == 0


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (enrolled("A-THIRD", "unique", "A"), "falsely unique"),
        (answered("verify", said={"decision": False}), "verification of the person denied"),
        (answered("verify", said={"decision": True}, genuine=False), "verification of another affirmed"),
        (answered("identify", said=[]), "identification without the person"),
        (answered("identify", said=[{"personId": "X"}]), "identification without the person"),
        (answered("verify", status=403), "verify refused with 403"),
        (answered("enroll", "D", status=500), "enroll refused with 500"),
    ],
)
def test_a_wrong_answer_is_named(answer: Answered, what: str) -> None:
    assert wrong_answers([*RIGHT, answer]) == {what: (answer.person,)}


def test_who_came_once_and_went_to_examiners_is_counted_and_is_no_error() -> None:
    answers = [*RIGHT, enrolled("D", "needs_review", "D")]
    assert wrong_answers(answers) == {}
    assert strangers_in_question(answers) == 1


def test_an_enrollment_that_was_repeated_counts_once() -> None:
    again = enrolled("A", "unique", "A")
    assert [one.person for one in acknowledged_enrollments([*RIGHT, again])] == ["A", "A-AGAIN", "B"]


def test_figures_are_of_what_was_answered() -> None:
    answers = [answered("verify", ms=float(ms), at_s=ms / 100) for ms in range(1, 101)]
    refused = answered("verify", status=503, ms=1e6, at_s=50.0)
    assert percentiles_ms([*answers, refused]) == {"p50_ms": 50.5, "p95_ms": 95.0, "p99_ms": 99.0}
    assert requests_per_s([*answers, refused]) == pytest.approx(100 / 0.99, abs=0.01)
    assert requests_per_s([]) == 0.0


def test_half_a_line_of_callers_that_were_stopped_is_left_out(tmp_path: Path) -> None:
    line = {"kind": "verify", "person": "A", "of": "A", "genuine": True, "status": 200, "ms": 1.0, "at_s": 2.0}
    whole = json.dumps(line | {"attempt": 0, "said": {"decision": True}})
    (tmp_path / "answers.jsonl").write_text(f"{whole}\n{whole[:40]}")
    assert read_answers(tmp_path) == (answered("verify", said={"decision": True}, ms=1.0, at_s=2.0),)
