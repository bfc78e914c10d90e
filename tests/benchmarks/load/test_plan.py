"""What callers are given to do."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.load.people import LoadPerson, Visit
from benchmarks.load.plan import read_plan, write_plan
from benchmarks.load.profiles import PROFILES
from biometrics.positions import Position


def people(count: int) -> list[LoadPerson]:
    return [
        LoadPerson(
            label=f"P{number}",
            visits=tuple(Visit(pictures=((Position.RIGHT_INDEX, f"{number}/{visit}".encode()),)) for visit in range(3)),
        )
        for number in range(count)
    ]


def test_a_plan_comes_back_as_it_was_written(tmp_path: Path) -> None:
    profile = PROFILES["tiny"]
    written = write_plan(profile, people(profile.enrolled + profile.arriving), tmp_path)
    assert read_plan(tmp_path) == written
    for call in (*written.enroll, *written.verify, *written.identify):
        assert json.loads((tmp_path / call.body).read_bytes())["biometricData"]


def test_everybody_who_returns_comes_twice_with_other_pictures_and_nobody_else_does(tmp_path: Path) -> None:
    profile = PROFILES["small"]
    plan = write_plan(profile, people(profile.enrolled + profile.arriving), tmp_path)
    names = [call.person for call in plan.enroll]
    again = [call for call in plan.enroll if call.person.endswith("-AGAIN")]
    assert len(set(names)) == len(names) == profile.arriving + profile.returning
    assert len(again) == profile.returning
    firsts = {call.of: call for call in plan.enroll if not call.person.endswith("-AGAIN")}
    for call in again:
        assert names.index(firsts[call.of].person) < names.index(call.person)
        assert firsts[call.of].body != call.body


def test_verifications_are_of_the_person_and_of_another_by_turns(tmp_path: Path) -> None:
    profile = PROFILES["tiny"]
    plan = write_plan(profile, people(profile.enrolled + profile.arriving), tmp_path)
    for call in plan.verify:
        assert (f"verify-{call.person}-1.json" == call.body) is call.genuine
    assert sum(call.genuine for call in plan.verify) == profile.enrolled
