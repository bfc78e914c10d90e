"""Whether a gallery still is what the registry says it should be."""

from __future__ import annotations

from biometrics.errors import GalleryError
from biometrics.protocols import ChangeKind, ReferenceSource
from matching.people import Identity, People

REMEDY = "start again: the gallery is rebuilt from the registry"
"""What to do with a gallery that has lost the registry."""


def require_agreement(source: ReferenceSource, people: People, generation: int) -> None:
    """Compare generation, counts and the identity of every reference with the registry.

    Parameters
    ----------
    source
        The registry.
    people
        Whom the gallery holds.
    generation
        The last change that the gallery applied.

    Raises
    ------
    GalleryError
        When they disagree.
    """
    latest, subjects = source.latest_sequence(), source.active_subjects()
    if latest != generation:
        raise GalleryError(f"the registry is at change {latest}, the gallery at {generation}", remedy=REMEDY)
    if subjects != people.size:
        raise GalleryError(f"{subjects} active subjects in the registry, {people.size} here", remedy=REMEDY)
    expected, held = _identities_in(source), people.identities()
    differing = sorted(name for name in expected.keys() | held.keys() if expected.get(name) != held.get(name))
    if differing:
        raise GalleryError(f"{len(differing)} references differ", source=differing[0], remedy=REMEDY)


def _identities_in(source: ReferenceSource) -> dict[str, Identity]:
    """Return the identity of every reference that is active after all changes of a source."""
    active: dict[str, Identity] = {}
    for change in source.changes_since(0):
        for reference in change.references:
            if change.kind is ChangeKind.RETIRED:
                active.pop(reference.reference_id, None)
            else:
                active[reference.reference_id] = Identity.of(reference)
    return active
