"""One gallery of the registry, as the gallery in memory follows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from biometrics.protocols import ChangeKind, ReferenceChange
from registry.reading import Reader
from registry.store import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryView:
    """The changes of one gallery: a `ReferenceSource` that numbers them as the registry does, without gaps.

    What happens in other galleries is a change without references.

    Parameters
    ----------
    source
        The registry, or an open section of it.
    gallery_id
        Which gallery.
    """

    source: Reader | Registry
    gallery_id: str

    def latest_sequence(self) -> int:
        """Return the number of the registry's last change; 0 when there is none."""
        return self.source.latest_sequence()

    def changes_since(self, sequence: int) -> Iterator[ReferenceChange]:
        """Yield every change numbered above `sequence`, ascending and without gaps.

        Raises
        ------
        StorageError, TemplateError
            When a change is missing or a template is damaged.
        """
        return (seen_from(change, self.gallery_id) for change in self.source.changes_since(sequence))

    def active_subjects(self) -> int:
        """Return how many subjects have a reference in this gallery that is not retired."""
        return self.source.active_subjects(self.gallery_id)

    def active_references(self) -> int:
        """Return how many references in this gallery are not retired."""
        return self.source.active_references(self.gallery_id)

    def mark(self, sequence: int) -> str:
        """Return a digest of the registry's history up to a change; it is the same for all galleries.

        Raises
        ------
        RecordError
            When there is no such change.
        """
        return self.source.mark(sequence)


def seen_from(change: ReferenceChange, gallery_id: str) -> ReferenceChange:
    """Return what a change is for one gallery: coming in is an addition there, going out a retirement."""
    inside = gallery_id in change.galleries
    if change.kind is not ChangeKind.MOVED:
        return change if inside else replace(change, references=())
    was_inside = gallery_id in change.from_galleries
    if inside and was_inside:
        return change
    if inside:
        return _unmoved(change, ChangeKind.ADDED, change.subject_id)
    if was_inside:
        return _unmoved(change, ChangeKind.RETIRED, str(change.from_subject_id))
    return replace(change, references=())


def _unmoved(change: ReferenceChange, kind: ChangeKind, subject_id: str) -> ReferenceChange:
    return ReferenceChange(
        sequence=change.sequence,
        kind=kind,
        subject_id=subject_id,
        references=tuple(replace(reference, subject_id=subject_id) for reference in change.references),
        galleries=change.galleries,
        attributes=change.attributes,
    )
