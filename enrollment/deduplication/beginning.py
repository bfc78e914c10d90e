"""What a run begins with: who takes part, in which order, judged how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from biometrics.decisions import DecisionPolicy
from biometrics.errors import RecordError
from biometrics.samples import now_utc
from enrollment.deduplication.basis import take_basis
from enrollment.deduplication.plan import usual_edge
from enrollment.deduplication.records import RunKind, RunManifest
from enrollment.deduplication.store import RunStore, new_run_id
from matching.deduplicate import PairRates
from matching.gallery import Gallery
from registry.reading import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The members of a run in the order in which they are compared.

    Parameters
    ----------
    members, first_new
        As `TilePlan`, by identifier.
    generation
        As of which they are members.
    earlier
        The finished run that a run of newcomers goes on from.
    """

    members: Sequence[str]
    first_new: int
    generation: int
    earlier: RunManifest | None = None


def order_members(
    record: Reader, membership: tuple[Sequence[str], int], earlier: RunManifest | None, gallery_id: str
) -> Order:
    """Put those who did not change since an earlier run first; without one, everybody is new.

    Parameters
    ----------
    record
        A snapshot of the registry, taken after the membership.
    membership
        Identifiers, and as of which generation.
    """
    subjects, generation = membership
    if earlier is None:
        return Order(members=subjects, first_new=0, generation=generation)
    changed = record.changed_subjects(earlier.generation, gallery_id)
    known = [one for one in subjects if one not in changed]
    members = known + [one for one in subjects if one in changed]
    return Order(members=members, first_new=len(known), generation=generation, earlier=earlier)


def new_manifest(  # noqa: PLR0913 - what a run begins with
    record: Reader, gallery: Gallery, order: Order, *, policy: DecisionPolicy, kind: RunKind, gallery_id: str
) -> RunManifest:
    """Return the manifest of a run that begins now, its blocks of the usual size, its list of members not yet kept."""
    count, earlier, started_at = len(order.members), order.earlier, now_utc()
    rates = PairRates.by(policy, count, order.generation)
    return RunManifest(
        run_id=new_run_id(started_at),
        kind=kind,
        gallery_id=gallery_id,
        generation=order.generation,
        since_run=earlier.run_id if earlier else None,
        since=earlier.generation if earlier else None,
        since_policy=earlier.basis.policy.version if earlier else None,
        members=count,
        first_new=order.first_new,
        edge=usual_edge(count),
        members_sha256="",
        duplicate_fmr=rates.duplicate_fmr,
        review_fmr=rates.review_fmr,
        basis=take_basis(record, gallery, policy, generation=order.generation, members=count),
        started_at=started_at,
    )


def last_finished(record: Reader, store: RunStore, gallery_id: str) -> RunManifest | None:
    """Return the finished run of a gallery with the latest generation; runs of other registries do not count.

    Raises
    ------
    StorageError
        When a file of a finished run is damaged.
    """
    manifests = [store.manifest(run_id) for run_id in store.run_ids() if store.result(run_id) is not None]
    own = [one for one in manifests if one.gallery_id == gallery_id and _is_own(record, one)]
    return max(own, key=lambda one: (one.generation, one.run_id), default=None)


def _is_own(record: Reader, manifest: RunManifest) -> bool:
    """Return whether a run's generation is a moment of this registry's history."""
    try:
        return record.mark(manifest.generation) == manifest.basis.mark
    except RecordError:
        return False
