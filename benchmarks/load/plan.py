"""The calls of a load, as files that the process of the callers reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.load.bodies import enrollment_body, identification_body, verification_body
from benchmarks.load.people import LoadPerson
from benchmarks.load.profiles import LoadProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCall:
    """One call: about whom, with which body, and what is right.

    Parameters
    ----------
    person
        The identifier that is sent, or whom an identification must find.
    body
        Name of the body's file.
    genuine
        Whether a verification must be positive.
    of
        Whose fingers they are: the label of the simulated person, under whatever name they come.
    """

    person: str
    body: str
    genuine: bool = True
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """All calls, by kind; stations go through theirs once, the others over and over."""

    enroll: tuple[PlannedCall, ...]
    verify: tuple[PlannedCall, ...]
    identify: tuple[PlannedCall, ...]


def write_plan(profile: LoadProfile, people: Sequence[LoadPerson], folder: Path) -> LoadPlan:
    """Write the bodies and the plan; the first of the people are enrolled before, the others arrive."""
    enrolled, arriving = people[: profile.enrolled], people[profile.enrolled :]
    returning = arriving[: profile.returning]
    firsts = [_call(folder, one.label, one, 0, "enroll") for one in arriving]
    # Whoever returns does so while others still arrive, some at the same moment as their first visit.
    seconds = [_call(folder, f"{one.label}-AGAIN", one, 2, "enroll") for one in returning]
    strangers = [*enrolled[1:], enrolled[0]]
    plan = LoadPlan(
        enroll=tuple(_shuffled_together(firsts, seconds)),
        verify=tuple(
            call
            for one, other in zip(enrolled, strangers, strict=True)
            for call in (
                _call(folder, one.label, one, 1, "verify"),
                _call(folder, one.label, other, 1, "verify", genuine=False),
            )
        ),
        identify=tuple(_call(folder, one.label, one, 1, "identify") for one in enrolled),
    )
    (folder / "plan.json").write_text(json.dumps(asdict(plan)))
    return plan


def read_plan(folder: Path) -> LoadPlan:
    """Return the plan of a folder."""
    document = json.loads((folder / "plan.json").read_text())
    return LoadPlan(**{kind: tuple(PlannedCall(**call) for call in calls) for kind, calls in document.items()})


_BODIES = {"enroll": enrollment_body, "verify": verification_body, "identify": identification_body}


def _call(  # noqa: PLR0913 - what a call is made of
    folder: Path, label: str, person: LoadPerson, visit: int, kind: str, *, genuine: bool = True
) -> PlannedCall:
    name = f"{kind}-{person.label}-{visit}.json"
    path = folder / name
    if not path.exists():
        path.write_bytes(_BODIES[kind](person.visits[visit]))
    return PlannedCall(person=label, body=name, genuine=genuine, of=person.label)


def _shuffled_together(firsts: list[PlannedCall], seconds: list[PlannedCall]) -> list[PlannedCall]:
    """Put each second visit right behind the first for every other person, and at the end for the rest."""
    close = {call.of: call for call in seconds[::2]}
    ordered: list[PlannedCall] = []
    for first in firsts:
        ordered.append(first)
        if first.of in close:
            ordered.append(close[first.of])
    return ordered + seconds[1::2]
