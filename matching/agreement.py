"""Whether a gallery still is what the registry says it should be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from biometrics.errors import GalleryError
from biometrics.protocols import ChangeKind, ReferenceSource
from matching.growing import GrowingArray
from matching.people import HALF_DIGEST, WHOLE_DIGEST
from matching.preparing import digest_of
from matching.state import State
from matching.subject_ids import SubjectIds

REMEDY = "start again: the gallery is rebuilt from the registry"
"""What to do with a gallery that has lost the registry."""


def require_agreement(source: ReferenceSource, state: State) -> None:
    """Compare generation, counts and the identity of every reference with the registry.

    Parameters
    ----------
    source
        The registry.
    state
        What the gallery holds.

    Raises
    ------
    GalleryError
        When they disagree.
    """
    latest, subjects = source.latest_sequence(), source.active_subjects()
    if latest != state.generation:
        raise GalleryError(f"the registry is at change {latest}, the gallery at {state.generation}", remedy=REMEDY)
    if subjects != state.size:
        raise GalleryError(f"{subjects} active subjects in the registry, {state.size} here", remedy=REMEDY)
    differing = _differing(source, state)
    if differing:
        raise GalleryError(f"the references of {len(differing)} subjects differ", source=differing[0], remedy=REMEDY)


def _differing(source: ReferenceSource, state: State) -> list[str]:
    """Return the subjects whose references here are not those after all changes of a source."""
    ledger = _Ledger()
    for change in source.changes_since(0):
        for reference in change.references:
            if change.kind is not ChangeKind.ADDED:
                former = change.from_subject_id or change.subject_id
                ledger.add(former, -digest_of(replace(reference, subject_id=former)))
            if change.kind is not ChangeKind.RETIRED:
                ledger.add(change.subject_id, digest_of(reference))
    for person in state.active():
        ledger.add(state.people.subject_id(int(person)), -state.people.describe(int(person)).digest)
    return sorted(ledger.unbalanced())


class _Ledger:
    """Sums of digests by subject, without an object for each."""

    def __init__(self) -> None:
        self._ids = SubjectIds()
        self._halves = (GrowingArray(np.uint64), GrowingArray(np.uint64))

    def add(self, subject_id: str, digest: int) -> None:
        number = self._ids.admit(subject_id)
        low, high = self._halves
        if number == len(low):
            low.append(0)
            high.append(0)
        total = (int(low.values[number]) + (int(high.values[number]) << 64) + digest) & WHOLE_DIGEST
        low.put(number, total & HALF_DIGEST)
        high.put(number, total >> 64)

    def unbalanced(self) -> Iterator[str]:
        low, high = self._halves
        for number in np.flatnonzero((low.values != 0) | (high.values != 0)):
            yield self._ids[int(number)]
