"""How far a run is, or what it came to, read from its files: also while another process works on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import islice

from biometrics.errors import StorageError
from enrollment.deduplication.documents import BEGIN_ANEW
from enrollment.deduplication.journal import JournalContent, read_pairs
from enrollment.deduplication.pairs import ReportedPair
from enrollment.deduplication.records import RunKind, RunManifest, RunResult, SessionBegun, TilesDone
from enrollment.deduplication.store import RunStore
from enrollment.deduplication.turn import RunningNote, who_runs


class RunStatus(Enum):
    """Whether a run goes on."""

    RUNNING = "running"
    UNFINISHED = "unfinished"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """A run as it stands.

    Parameters
    ----------
    run_id, kind, gallery_id, status
        Which run, of whom, where, and whether it goes on.
    running_pid
        The process that works on it; None when none does.
    persons, new_persons
        Members, and how many of them are compared with everybody.
    generation, since_run, since, since_policy
        As `RunManifest`.
    policy_version, duplicate_fmr, review_fmr
        What pairs are judged by.
    pairs_planned, pairs_done
        Pairs of members to compare, and those that were.
    compared, not_comparable, left_out
        Of the pairs done: those that share a comparable position, those that do not, and those with somebody who had
        changed or left when their turn came.
    seconds
        Time spent on comparing, of all processes that worked on it.
    interruptions
        How often it was gone on with.
    kernels
        By what was compared.
    findings
        Reported pairs by finding.
    changed_members, changed_pairs, answered_pairs
        What a finished run left out, as `RunResult`.
    started_at, finished_at
        UTC; None while unfinished.
    """

    run_id: str
    kind: RunKind
    gallery_id: str
    status: RunStatus
    running_pid: int | None
    persons: int
    new_persons: int
    generation: int
    since_run: str | None
    since: int | None
    since_policy: str | None
    policy_version: str
    duplicate_fmr: float
    review_fmr: float
    pairs_planned: int
    pairs_done: int
    compared: int
    not_comparable: int
    left_out: int
    seconds: float
    interruptions: int
    kernels: tuple[str, ...]
    findings: Mapping[str, int]
    changed_members: int
    changed_pairs: int
    answered_pairs: int
    started_at: datetime
    finished_at: datetime | None

    @property
    def rate(self) -> float | None:
        """Pairs of persons a second; None before any."""
        return self.pairs_done / self.seconds if self.seconds > 0 and self.pairs_done else None

    @property
    def seconds_left(self) -> float | None:
        """How much longer it takes at this rate, once it goes on; None when nobody knows."""
        rate = self.rate
        return None if rate is None or self.finished_at else (self.pairs_planned - self.pairs_done) / rate


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """A run and the pairs it reports: all of a finished one, those until now of another, best first."""

    state: RunState
    pairs: tuple[ReportedPair, ...]


def read_report(store: RunStore, run_id: str) -> RunReport:
    """Read a run.

    Raises
    ------
    RecordNotFoundError
        When there is no such run.
    StorageError
        When one of its files is damaged.
    """
    state, result = _read(store, run_id)
    dropped, count = _dropped(result), sum(state.findings.values())
    pairs = (
        pair for number, pair in enumerate(read_pairs(store.journal_path(run_id), run_id)) if number not in dropped
    )
    shown = islice(pairs, count)  # a run that goes on may have found more since
    return RunReport(state=state, pairs=tuple(sorted(shown, key=lambda one: (-one.pair.score, one.pair.a, one.pair.b))))


def read_state(store: RunStore, run_id: str) -> RunState:
    """Read how a run stands; raises as `read_report`."""
    state, _ = _read(store, run_id)
    return state


def _read(store: RunStore, run_id: str) -> tuple[RunState, RunResult | None]:
    manifest, running = store.manifest(run_id), who_runs(store.folder)
    # The result before the journal: a run that finishes in between has a journal that is whole, and no longer grows.
    result, journal = store.result(run_id), store.journal(run_id)
    if result is not None:
        _require_whole(store, run_id, result)
    return _state(manifest, result, journal, running), result


def _dropped(result: RunResult | None) -> frozenset[int]:
    return frozenset() if result is None else frozenset((*result.changed_pairs, *result.answered_pairs))


def _require_whole(store: RunStore, run_id: str, result: RunResult) -> None:
    path = store.journal_path(run_id)
    if store.journal_digest(run_id) != (result.journal_bytes, result.journal_sha256):
        raise StorageError("the run's journal is not as it was when the run ended", source=str(path), remedy=BEGIN_ANEW)


def _state(
    manifest: RunManifest,
    result: RunResult | None,
    journal: JournalContent,
    running: RunningNote | None,
) -> RunState:
    plan, dropped = manifest.plan, _dropped(result)
    done = [record for record in journal.records if isinstance(record, TilesDone)]
    sessions = [record for record in journal.records if isinstance(record, SessionBegun)]
    pairs_done = plan.comparisons_before(journal.tiles_done)
    compared, not_comparable = sum(one.compared for one in done), sum(one.not_comparable for one in done)
    works = running is not None and running.run_id == manifest.run_id and result is None
    return RunState(
        run_id=manifest.run_id,
        kind=manifest.kind,
        gallery_id=manifest.gallery_id,
        status=RunStatus.FINISHED if result else RunStatus.RUNNING if works else RunStatus.UNFINISHED,
        running_pid=running.pid if running and works else None,
        persons=manifest.members,
        new_persons=manifest.members - manifest.first_new,
        generation=manifest.generation,
        since_run=manifest.since_run,
        since=manifest.since,
        since_policy=manifest.since_policy,
        policy_version=manifest.basis.policy.version,
        duplicate_fmr=manifest.duplicate_fmr,
        review_fmr=manifest.review_fmr,
        pairs_planned=plan.comparisons,
        pairs_done=pairs_done,
        compared=compared,
        not_comparable=not_comparable,
        left_out=pairs_done - compared - not_comparable,
        seconds=sum(one.seconds for one in done),
        interruptions=max(len(sessions) - 1, 0),
        kernels=tuple(sorted({one.kernel for one in sessions})),
        findings=Counter(pair.finding.value for number, pair in enumerate(journal.pairs) if number not in dropped),
        changed_members=result.changed_members if result else 0,
        changed_pairs=len(result.changed_pairs) if result else 0,
        answered_pairs=len(result.answered_pairs) if result else 0,
        started_at=manifest.started_at,
        finished_at=result.finished_at if result else None,
    )
