"""Which shard holds whom, and what a change of the registry is for one shard."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from biometrics.protocols import ChangeKind, ReferenceChange


def shard_of(subject_id: str, shards: int) -> int:
    """Return the number of the shard that holds a subject, 0 to `shards` - 1.

    A digest of the identifier, so that everybody knows without asking, today and after a restart; all of a subject is
    in one place, as fusion needs. With another number of shards most people move: every shard is then built anew.
    """
    digest = hashlib.blake2b(subject_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % shards


def seen_by(change: ReferenceChange, number: int, shards: int) -> ReferenceChange:
    """Return what a change is for one shard, under the same number.

    What happens in other shards is a change without references; a subject that comes from another shard is added, one
    that goes to another is retired.
    """
    here = shard_of(change.subject_id, shards) == number
    if change.kind is not ChangeKind.MOVED:
        return change if here else replace(change, references=())
    former = str(change.from_subject_id)
    was_here = shard_of(former, shards) == number
    if here == was_here:
        return change if here else replace(change, references=())
    return _unmoved(change, *((ChangeKind.ADDED, change.subject_id) if here else (ChangeKind.RETIRED, former)))


def _unmoved(change: ReferenceChange, kind: ChangeKind, subject_id: str) -> ReferenceChange:
    return replace(
        change,
        kind=kind,
        subject_id=subject_id,
        references=tuple(replace(reference, subject_id=subject_id) for reference in change.references),
        from_subject_id=None,
        from_galleries=frozenset(),
    )
