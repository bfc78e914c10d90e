"""What a run keeps: what it was begun with, what its journal holds, and what it came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from biometrics.decisions import DecisionPolicy
from enrollment.deduplication.plan import TilePlan
from matching.deduplicate import PairRates


class RunKind(Enum):
    """Who is compared with everybody: everybody, or who is new or changed since an earlier run."""

    EVERYBODY = "everybody"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBasis:
    """What the answer of a run depends on besides its members: a run goes on only where all is as it was.

    Parameters
    ----------
    mark
        Digest of the registry's history up to the run's generation.
    policy
        What decisions follow.
    calibrations
        By modality, digest of what scores mean.
    models
        By modality, whose templates are compared; several while an exchange of models was under way.
    listed
        Whether vectors list whom to compare, where there are many.
    version
        Of Kura, which stands for how vectors are made and how long their lists are.
    """

    mark: str
    policy: DecisionPolicy
    calibrations: Mapping[str, str]
    models: Mapping[str, tuple[str, ...]]
    listed: bool
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunManifest:
    """What a run was begun with; it never changes.

    Parameters
    ----------
    run_id, kind, gallery_id
        Which run, of whom, where.
    generation
        The registry's change as of which members are members.
    since_run, since, since_policy
        The finished run, its generation and the version of its policy, that a run of newcomers goes on from; None where
        there was none.
    members, first_new, edge
        As `TilePlan`.
    members_sha256
        Of the list of members.
    duplicate_fmr, review_fmr
        Thresholds, those of a search of the gallery.
    basis
        What must not change.
    started_at
        When, UTC.
    """

    run_id: str
    kind: RunKind
    gallery_id: str
    generation: int
    since_run: str | None
    since: int | None
    since_policy: str | None
    members: int
    first_new: int
    edge: int
    members_sha256: str
    duplicate_fmr: float
    review_fmr: float
    basis: RunBasis
    started_at: datetime

    @property
    def plan(self) -> TilePlan:
        """What is compared in which order."""
        return TilePlan(members=self.members, first_new=self.first_new, edge=self.edge)

    @property
    def rates(self) -> PairRates:
        """What pairs are judged by."""
        return PairRates(
            members=self.members,
            generation=self.generation,
            duplicate_fmr=self.duplicate_fmr,
            review_fmr=self.review_fmr,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionBegun:
    """A process began to work on the run, or to go on with it, by a kernel."""

    at: datetime
    kernel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TilesDone:
    """Tiles are compared and their cases committed.

    Parameters
    ----------
    begin, end
        Which, the end excluded.
    compared, not_comparable
        Pairs that shared a comparable position, and those that did not.
    seconds
        How long it took.
    """

    begin: int
    end: int
    compared: int
    not_comparable: int
    seconds: float


JournalRecord = SessionBegun | TilesDone


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """How a run ended.

    Parameters
    ----------
    finished_at, generation
        When, and at which change of the registry.
    changed_members
        Members who changed or left during the run: the next run of newcomers compares those who are still there.
    changed_pairs, answered_pairs
        Pairs by their number in the journal that are not reported: one of the two changed or left, or people decided
        about them.
    journal_bytes, journal_sha256
        The journal as it was then.
    """

    finished_at: datetime
    generation: int
    changed_members: int
    changed_pairs: tuple[int, ...]
    answered_pairs: tuple[int, ...]
    journal_bytes: int
    journal_sha256: str
