"""What the service answered under load, and what of it was right."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

UNIQUE = "unique"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer; `status` is 0 where none came, `said` the document of a positive one."""

    kind: str
    person: str
    of: str
    genuine: bool
    status: int
    ms: float
    at_s: float
    attempt: int
    said: Any

    @property
    def acknowledged(self) -> bool:
        """Whether the service said that it did what was asked."""
        return self.status == 200


def read_answers(folder: Path) -> tuple[Answered, ...]:
    """Return every whole line of `answers.jsonl`; the callers may have been stopped within the last."""
    lines = (folder / "answers.jsonl").read_text().split("\n")[:-1]
    return tuple(Answered(**json.loads(line)) for line in lines)


def wrong_answers(answers: Sequence[Answered]) -> Mapping[str, tuple[str, ...]]:
    """Return, by what is wrong, about whom: everything here is a defect or a match that was missed."""
    wrong: dict[str, list[str]] = defaultdict(list)
    for one in answers:
        if not one.acknowledged:
            if one.status not in (0, 429, 503):
                wrong[f"{one.kind} refused with {one.status}"].append(one.person)
        elif one.kind == "verify" and one.said["decision"] is not one.genuine:
            wrong["verification of the person denied" if one.genuine else "verification of another affirmed"].append(
                one.person
            )
        elif one.kind == "identify" and one.person not in {found["personId"] for found in one.said}:
            wrong["identification without the person"].append(one.person)
    wrong["falsely unique"] += _falsely_unique(answers)
    return {what: tuple(whom) for what, whom in wrong.items() if whom}


def strangers_in_question(answers: Sequence[Answered]) -> int:
    """Return how many persons who came once were not found unique: work for people, and no error of the service."""
    names: dict[str, set[str]] = defaultdict(set)
    for one in acknowledged_enrollments(answers):
        names[one.of].add(one.person)
    once = [one for one in acknowledged_enrollments(answers) if len(names[one.of]) == 1]
    return sum(outcome_of(one) != UNIQUE for one in once)


def acknowledged_enrollments(answers: Sequence[Answered]) -> tuple[Answered, ...]:
    """Return the enrollments that the service said it recorded, each person once."""
    by_person = {one.person: one for one in answers if one.kind == "enroll" and one.acknowledged}
    return tuple(by_person.values())


def outcome_of(enrolled: Answered) -> str:
    """Return what an enrollment came to."""
    return str(enrolled.said["others"]["outcome"])


def percentiles_ms(answers: Sequence[Answered]) -> dict[str, float]:
    """Return p50, p95 and p99 of what was answered, in milliseconds."""
    taken = [one.ms for one in answers if one.acknowledged]
    if not taken:
        return dict.fromkeys(("p50_ms", "p95_ms", "p99_ms"), float("nan"))
    return {f"p{share}_ms": round(float(np.percentile(taken, share)), 1) for share in (50, 95, 99)}


def requests_per_s(answers: Sequence[Answered]) -> float:
    """Return how many were answered in a second."""
    times = [one.at_s for one in answers if one.acknowledged]
    return 0.0 if len(set(times)) < 2 else round(len(times) / (max(times) - min(times)), 2)


def _falsely_unique(answers: Sequence[Answered]) -> list[str]:
    """Return who came out unique though they had come out unique under another name."""
    unique: dict[str, list[str]] = defaultdict(list)
    for one in acknowledged_enrollments(answers):
        if outcome_of(one) == UNIQUE:
            unique[one.of].append(one.person)
    return [name for names in unique.values() if len(names) > 1 for name in names[1:]]
