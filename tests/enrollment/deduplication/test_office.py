"""Runs: what they find, that interruptions and what happens meanwhile change nothing, and what refuses them."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from biometrics.cases import CaseOutcome
from biometrics.decisions import DecisionPolicy
from biometrics.errors import (
    BiometricsError,
    ConfigurationError,
    RecordBusyError,
    RecordError,
    RecordNotFoundError,
    StorageError,
)
from biometrics.positions import Modality
from enrollment.deduplication.office import RUN_FINISHED, DeduplicationOffice
from enrollment.deduplication.records import RunKind
from enrollment.deduplication.state import RunStatus, read_report, read_state
from enrollment.deduplication.turn import taking_turn, who_runs
from registry.points import Point, listening
from registry.store import Registry
from tests.databases import copy_home
from tests.enrollment.deduplication.people import (
    PEOPLE,
    PLANTED,
    TWICE,
    add,
    deduplicating,
    enroll,
    finish,
    last_report,
    merge,
    named,
    populate,
    retire,
    run,
)
from tests.enrollment.office import POLICY, open_office
from tests.registry.adjudication import ADA, decide

MEMBERS = PEOPLE + len(TWICE)


class StopError(Exception):
    """Somebody interrupts."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("prepared") / "home"
    populate(home)
    return home


@pytest.fixture
def home(prepared: Path, tmp_path: Path) -> Path:
    copy_home(prepared, tmp_path / "home")
    return tmp_path / "home"


def interrupt(home: Path, after: int, kind: RunKind = RunKind.EVERYBODY) -> str:
    """Interrupt a run after so many reports of progress, and return its name."""
    left = after

    def stop(done: int, total: int, what: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise StopError

    with pytest.raises(StopError):
        run(home, kind, stop)
    with deduplicating(home) as office:
        return office.store.run_ids()[-1]


def labels(home: Path) -> set[tuple[str, str]]:
    return {(first, second) for first, second, _, _ in named(home, last_report(home))}


def test_a_run_finds_the_planted_pairs_and_says_what_it_did(home: Path) -> None:
    told: list[tuple[int, int, str]] = []
    state = run(home, progress=lambda *step: told.append(step))
    pairs = MEMBERS * (MEMBERS - 1) // 2
    assert labels(home) == PLANTED
    assert state == last_report(home).state
    assert (state.status, state.persons, state.new_persons) == (RunStatus.FINISHED, MEMBERS, MEMBERS)
    assert (state.pairs_planned, state.pairs_done, state.compared, state.left_out) == (pairs, pairs, pairs, 0)
    assert state.findings == {"duplicate": len(TWICE)}
    assert (state.interruptions, state.changed_members, state.running_pid) == (0, 0, None)
    assert told[0] == (0, pairs, "deduplication") and told[-1] == (pairs, pairs, "deduplication")
    assert [step[0] for step in told] == sorted(step[0] for step in told)
    with Registry.open(home) as registry:
        assert len(registry.cases()) == len(TWICE)
        assert registry.events()[-1].action == RUN_FINISHED
        assert registry.check() == []


def test_nothing_in_its_files_is_personal_or_for_others_eyes(home: Path) -> None:
    run(home)
    files = [path for path in (home / "dedup").rglob("*") if path.is_file()]
    assert {path.name for path in files} == {"lock", "manifest.json", "journal", "result.json"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert all(path.stat().st_mode & 0o077 == 0 for path in (home / "dedup").rglob("*"))
    assert b"again" not in b"".join(path.read_bytes() for path in files)


@pytest.mark.parametrize("after", range(0, 11, 2))
def test_an_interrupted_run_ends_as_if_it_had_not_been(home: Path, tmp_path: Path, after: int) -> None:
    other = tmp_path / "other"
    copy_home(home, other)
    run(other)
    run_id = interrupt(home, after)
    between = last_report(home).state
    assert (between.status, between.finished_at) == (RunStatus.UNFINISHED, None)
    assert between.pairs_done < between.pairs_planned or after == 10
    interrupted, whole = finish(home, run_id), last_report(other)
    assert named(home, interrupted) == named(other, whole)
    assert interrupted.state.interruptions == 1
    for same in ("pairs_done", "compared", "not_comparable", "left_out", "findings"):
        assert getattr(interrupted.state, same) == getattr(whole.state, same)
    with Registry.open(home) as registry:
        assert len(registry.cases()) == len(TWICE)


def test_what_happens_meanwhile_has_the_same_effect_at_every_moment(prepared: Path, tmp_path: Path) -> None:
    reports = []
    for after in (1, 4, 9):
        home = tmp_path / str(after) / "home"
        copy_home(prepared, home)
        interrupt(home, after)
        add(home, "late", 2, capture=5)  # came later: takes no part
        retire(home, "4 again")
        merge(home, "9 again", "9")
        reports.append(finish(home))
        assert labels(home) == {("0", "0 again")}
        # 9 took over an encounter, the others left: all three are as of a later change.
        assert (reports[-1].state.changed_members, reports[-1].state.persons) == (3, MEMBERS)
    assert [(one.pairs, one.state.findings) for one in reports[1:]] == [
        (reports[0].pairs, reports[0].state.findings)
    ] * 2


def test_those_who_changed_meanwhile_are_compared_by_the_next_run_of_newcomers(home: Path) -> None:
    interrupt(home, 2)
    add(home, "0 third time", 0, capture=8)
    merge(home, "4 again", "4")
    finish(home)
    state = run(home, RunKind.NEW)
    assert (state.new_persons, state.persons) == (2, MEMBERS)
    assert labels(home) == {("0", "0 third time"), ("0 again", "0 third time")}


def test_newcomers_are_compared_with_everybody_and_each_other_and_nobody_else(home: Path) -> None:
    first = run(home)
    add(home, "5 again", 5, capture=2)
    add(home, "new", 60)
    add(home, "new again", 60, capture=1)
    state = run(home, RunKind.NEW)
    assert labels(home) == {("5", "5 again"), ("new", "new again")}
    assert (state.since_run, state.since, state.since_policy) == (first.run_id, first.generation, POLICY.version)
    assert (state.persons, state.new_persons) == (MEMBERS + 3, 3)
    assert state.pairs_planned == state.compared == 3 * MEMBERS + 3
    assert run(home, RunKind.NEW).pairs_planned == 0
    thresholds = run(home)
    assert (state.duplicate_fmr, state.review_fmr) == (thresholds.duplicate_fmr, thresholds.review_fmr)


def test_without_a_finished_run_everybody_is_new(home: Path) -> None:
    interrupt(home, 3)
    state = run(home, RunKind.NEW)
    assert (state.since_run, state.new_persons) == (None, MEMBERS)
    assert labels(home) == PLANTED


@pytest.mark.parametrize("people", [0, 1])
def test_nobody_is_a_duplicate_alone(tmp_path: Path, people: int) -> None:
    office = open_office(tmp_path / "home")
    with office.registry:
        for number in range(people):
            enroll(office, str(number), number)
    for kind in RunKind:
        state = run(tmp_path / "home", kind)
        assert (state.status, state.persons, state.pairs_planned) == (RunStatus.FINISHED, people, 0)
        assert state.rate is None and state.seconds_left is None


def test_a_pair_that_people_decide_about_during_the_run_is_not_reported(home: Path) -> None:
    interrupt(home, 10)
    with Registry.open(home) as registry:
        for case in registry.cases():
            decide(registry, ADA, case.case_id, CaseOutcome.TWIN_OR_RELATIVE, case.candidates[0].subject_id)
    report = finish(home)
    assert (report.pairs, report.state.answered_pairs) == ((), len(TWICE))


def test_a_finished_run_is_not_made_again(home: Path) -> None:
    run(home)
    before = last_report(home)
    assert finish(home) == before
    assert before.state.interruptions == 0


def test_a_list_of_members_that_outlived_its_run_is_removed(home: Path) -> None:
    def kill(point: Point) -> None:
        if point is Point.RUN_FINISHED:
            raise StopError

    with listening(kill), pytest.raises(StopError):
        run(home)
    (members,) = (home / "dedup").glob("*/members.txt")
    assert finish(home).state.status is RunStatus.FINISHED
    assert not members.exists()


def test_one_run_at_a_time_and_the_other_is_told_which(home: Path) -> None:
    seen: list[str] = []

    def try_another(done: int, total: int, what: str) -> None:
        with deduplicating(home) as other, pytest.raises(RecordBusyError) as busy:
            other.run()
        running = who_runs(home / "dedup")
        assert running is not None and running.run_id is not None
        assert read_state(office.store, running.run_id).status is RunStatus.RUNNING
        seen.append(str(busy.value))
        raise StopError

    with deduplicating(home) as office, pytest.raises(StopError):
        office.run(progress=try_another)
    assert "works on the deduplication run 20" in seen[0] and "kura dedup status" in seen[0]
    assert who_runs(home / "dedup") is None
    with taking_turn(home / "dedup"):
        assert who_runs(home / "dedup") is not None
    assert finish(home).state.status is RunStatus.FINISHED


Change = Callable[[DeduplicationOffice], DeduplicationOffice]


def other_policy(office: DeduplicationOffice) -> DeduplicationOffice:
    policy: DecisionPolicy = dataclasses.replace(POLICY, review_fpir=0.02)
    return dataclasses.replace(office, policy=policy)


def other_calibration(office: DeduplicationOffice) -> DeduplicationOffice:
    calibration = office.gallery.calibrations[Modality.FINGER]
    changed = dataclasses.replace(calibration, population="others")
    gallery = type(office.gallery)(calibrations=dict(office.gallery.calibrations) | {Modality.FINGER: changed})
    gallery.follow(office.registry)
    return dataclasses.replace(office, gallery=gallery)


@pytest.mark.parametrize(
    ("change", "said"),
    [(other_policy, "the policy changed since"), (other_calibration, "the calibration of finger changed since")],
)
def test_a_run_does_not_go_on_by_other_rules(home: Path, change: Change, said: str) -> None:
    run_id = interrupt(home, 3)
    with deduplicating(home) as office, pytest.raises(ConfigurationError, match=said) as refused:
        change(office).resume(run_id)
    assert refused.value.source == run_id and refused.value.remedy is not None
    assert finish(home, run_id).state.status is RunStatus.FINISHED


def test_a_run_does_not_go_on_with_other_models_or_another_version(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = interrupt(home, 3)
    with deduplicating(home) as office:
        with monkeypatch.context() as patch, pytest.raises(ConfigurationError, match="the version of Kura"):
            patch.setattr("enrollment.deduplication.basis.version", lambda _: "99")
            office.resume(run_id)
        uses = tuple(dataclasses.replace(use, model_id="other/1") for use in office.registry.models_in_use())
        with monkeypatch.context() as patch, pytest.raises(ConfigurationError, match="the model of finger"):
            patch.setattr("registry.reading.Reader.models_in_use", lambda _: uses)
            office.resume(run_id)


def test_a_run_does_not_go_on_where_lists_come_or_go(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = interrupt(home, 3)
    monkeypatch.setattr("matching.gallery.Gallery.lists_among", lambda *_: True)
    with deduplicating(home) as office, pytest.raises(ConfigurationError, match="whether vectors list whom"):
        office.resume(run_id)


def test_threads_change_nothing(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    copy_home(home, other)
    run(home)
    with deduplicating(other) as office:
        dataclasses.replace(office, threads=3).run()
    assert {one[:3] for one in named(other, last_report(other))} == {one[:3] for one in named(home, last_report(home))}


def test_a_run_goes_on_when_the_first_face_comes_meanwhile(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = interrupt(home, 3)
    with deduplicating(home) as office:
        uses = office.registry.models_in_use()
        face = dataclasses.replace(uses[0], modality=Modality.FACE, model_id="face/1")
        monkeypatch.setattr("registry.reading.Reader.models_in_use", lambda _: (*uses, face))
        assert office.resume(run_id).status is RunStatus.FINISHED


def test_a_run_does_not_go_on_in_another_registry_or_one_that_was_put_back(home: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy_home(home, copy)
    add(home, "late", 70)
    run_id = interrupt(home, 3)
    shutil.copytree(home / "dedup", copy / "dedup")
    with pytest.raises(RecordError, match="another registry's, or the registry was put back"):
        finish(copy, run_id)
    add(copy, "somebody else", 71)
    with pytest.raises(RecordError, match="another registry's, or the registry was put back"):
        finish(copy, run_id)
    assert run(copy, RunKind.NEW).since_run is None


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def remove(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("spoil", [flip, remove])
@pytest.mark.parametrize("name", ["manifest.json", "members.txt", "journal"])
def test_damage_to_an_unfinished_run_is_found(home: Path, name: str, spoil: Callable[[Path], None]) -> None:
    run_id = interrupt(home, 8)
    spoil(home / "dedup" / run_id / name)
    with pytest.raises(RecordError) as refused:
        finish(home, run_id)
    assert name in (refused.value.source or "") and "kura dedup run" in (refused.value.remedy or "")
    assert run(home).status is RunStatus.FINISHED


@pytest.mark.parametrize("name", ["manifest.json", "journal", "result.json"])
def test_damage_to_a_finished_run_is_found(home: Path, name: str) -> None:
    run(home)
    (folder,) = [path for path in (home / "dedup").iterdir() if path.is_dir()]
    flip(folder / name)
    with pytest.raises(StorageError):
        last_report(home)


def test_a_journal_that_lost_its_end_after_the_run_ended_is_damage(home: Path) -> None:
    run_id = run(home).run_id
    path = home / "dedup" / run_id / "journal"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    with pytest.raises(StorageError, match="not as it was"):
        last_report(home)


def test_members_or_a_manifest_of_another_run_are_refused(home: Path) -> None:
    first, second = interrupt(home, 3), interrupt(home, 3)
    add(home, "late", 80)
    third = interrupt(home, 3)
    folder = home / "dedup"
    shutil.copy(folder / third / "members.txt", folder / second / "members.txt")
    with pytest.raises(StorageError, match="list of members is damaged"):
        finish(home, second)
    shutil.copy(folder / second / "manifest.json", folder / first / "manifest.json")
    with pytest.raises(StorageError, match="another run's"):
        finish(home, first)


@pytest.mark.parametrize("name", ["20200101-000000-123456", "../registry", "", "lock"])
def test_an_unknown_run_is_refused(home: Path, name: str) -> None:
    run(home)
    with deduplicating(home) as office:
        for ask in (office.resume, lambda run_id: read_report(office.store, run_id)):
            with pytest.raises(RecordNotFoundError, match="no such deduplication run"):
                ask(name)


def test_a_run_of_another_gallery_is_not_gone_on_with(home: Path) -> None:
    run_id = interrupt(home, 3)
    with deduplicating(home) as office, pytest.raises(BiometricsError, match="is of the gallery citizens, not visa"):
        dataclasses.replace(office, gallery_id="visa_applicants").resume(run_id)
