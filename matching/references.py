"""The references a gallery holds: columns by position, who owns which row, and one template format per modality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from biometrics.arrays import Flags, Ids
from biometrics.errors import ConfigurationError
from biometrics.positions import Modality, Position
from biometrics.protocols import ReferenceChange
from biometrics.templates import Probe, Template, TemplateFormat, require_comparable
from matching.calibration import Calibration
from matching.column import Column
from matching.comparison import ProbePart, comparable
from matching.pairing import same_finger_groups
from matching.people import Identity, People, Place
from matching.stores import Matcher

SAME_FINGER_FMR = 1e-4
"""Unknown prints of one person that match at this rate are taken for samples of one finger: of 45 pairs among ten
different fingers, about 1 in 200 persons has one joined by mistake, which only loses a term."""


class References:
    """Columns of prepared templates, and who they belong to. Not safe for use by several threads while it changes.

    Parameters
    ----------
    matchers, calibrations
        How each modality is compared, and what its scores mean.
    """

    def __init__(self, matchers: Mapping[Modality, Matcher[Any]], calibrations: Mapping[Modality, Calibration]) -> None:
        self.people = People()
        self.columns: dict[Position, Column[Any]] = {}
        self._matchers = matchers
        self._calibrations = calibrations
        self._formats: dict[Modality, TemplateFormat] = {}

    def prepare(self, probe: Probe) -> tuple[ProbePart, ...]:
        """Return the probe's fingers and face, samples of one finger together.

        Raises
        ------
        IncompatibleTemplatesError
            When a template cannot be compared with those here.
        ConfigurationError
            When scores of its format are on another scale than the calibration's.
        """
        formats = self._formats_with(probe.templates)
        samples: dict[Position, list[Any]] = {}
        for template in probe.templates:
            prepared = self._matchers[template.modality].prepare(template)
            samples.setdefault(template.position, []).append(prepared)
        unknown = samples.pop(Position.UNKNOWN, [])
        named = [self._part(position, some) for position, some in samples.items()]
        groups = self._same_finger(unknown, formats)
        together = [[one for one, group in zip(unknown, groups, strict=True) if group == first] for first in groups]
        firsts = [first for first, group in enumerate(groups) if first == group]
        return (*named, *(self._part(Position.UNKNOWN, together[first]) for first in firsts))

    def parts_of(self, number: int) -> tuple[ProbePart, ...]:
        """Return the fingers and face of a subject, as a probe."""
        samples: dict[tuple[Position, int], list[Any]] = {}
        for place in self.people.places_of(number):
            position = place.identity.position
            column = self.columns[position]
            slot = int(column.slots_of(np.array([place.row]))[0])
            samples.setdefault((position, slot), []).append(column.feature(place.row))
        return tuple(self._part(position, some) for (position, _), some in samples.items())

    def add(self, change: ReferenceChange) -> None:
        """Add all references of a change.

        Raises
        ------
        GalleryError, IncompatibleTemplatesError, ConfigurationError
            When one cannot be added; then none is.
        """
        templates = [reference.template for reference in change.references]
        formats = self._formats_with(templates)
        self.people.require_new(change)
        identities = [Identity.of(reference) for reference in change.references]
        prepared = [self._matchers[template.modality].prepare(template) for template in templates]
        self._formats = formats
        for identity, template, feature in zip(identities, templates, prepared, strict=True):
            number = self.people.admit(identity.subject_id)
            row = self._column(template).add(feature, subject=number, slot=number)
            self.people.put(Place(identity=identity, row=row), sequence=change.sequence)
        self._follow_up(change, change.subject_id)

    def retire(self, change: ReferenceChange) -> None:
        """Retire all references of a change.

        Raises
        ------
        GalleryError
            When one is not here; then none is retired.
        """
        self.people.require_held(change, change.subject_id)
        for reference in change.references:
            place = self.people.remove(reference.reference_id, sequence=change.sequence)
            self.columns[place.identity.position].retire(place.row)
        self._follow_up(change, change.subject_id)

    def move(self, change: ReferenceChange) -> None:
        """Make all references of a change those of another subject; where only galleries changed, nothing is done.

        Raises
        ------
        GalleryError
            When one is not here as the former subject's; then none is moved.
        """
        former = str(change.from_subject_id)
        self.people.require_held(change, former)
        if former == change.subject_id:
            return
        number = self.people.admit(change.subject_id)
        for reference in change.references:
            place = self.people.give(reference.reference_id, change.subject_id, sequence=change.sequence)
            self.columns[place.identity.position].give(place.row, subject=number, slot=number)
        self._follow_up(change, former, change.subject_id)

    def count_comparable(self, parts: Sequence[ProbePart], wanted: Flags) -> int:
        """Return how many of the wanted subjects share a comparable position with the probe."""
        shared = np.zeros_like(wanted)
        for position, column in self.columns.items():
            if any(comparable(part.position, position) for part in parts):
                shared[column.subjects_of(column.rows_of(wanted))] = True
        return int(shared.sum())

    def _part(self, position: Position, samples: Sequence[Any]) -> ProbePart:
        modality = position.modality
        return ProbePart(
            position=position, samples=self._matchers[modality].fuse(samples, self._calibrations[modality])
        )

    def _follow_up(self, change: ReferenceChange, *changed: str) -> None:
        """Bring up to date what depends on all references of each changed subject at once."""
        positions = {reference.template.position for reference in change.references}
        for number in map(self.people.admit, changed):
            if Position.UNKNOWN in positions:
                self._regroup_unknown(number)
            for position in positions - {Position.UNKNOWN}:
                self._stand_in(number, position)
        self._compact()

    def _stand_in(self, number: int, position: Position) -> None:
        """Make anew what stands for a subject's references at a position, where it is not they themselves."""
        column = self.columns[position]
        own = [place.row for place in self.people.places_of(number) if place.identity.position is position]
        fused: tuple[Any, ...] = ()
        if len(own) > 1:
            fused = self._part(position, [column.feature(row) for row in own]).samples
        column.stand_in(number, np.array(own, dtype=np.int64), fused if len(fused) < len(own) else ())

    def _column(self, template: Template) -> Column[Any]:
        if template.position not in self.columns:
            self.columns[template.position] = Column(self._matchers[template.modality].new_store(template.format))
        return self.columns[template.position]

    def _formats_with(self, templates: Sequence[Template]) -> dict[Modality, TemplateFormat]:
        """Return the formats with those of new modalities added, refusing what cannot be compared or calibrated."""
        formats = dict(self._formats)
        for template in templates:
            modality = template.modality
            require_comparable(formats.setdefault(modality, template.format), template.format)
            scale, calibrated = self._matchers[modality].scale(template.format), self._calibrations[modality].scale
            if scale != calibrated:
                raise ConfigurationError(
                    f"scores on the scale {scale} cannot be read with a calibration of {calibrated}",
                    remedy="load the calibration that belongs to the model",
                )
        return formats

    def _same_finger(self, prints: Sequence[Any], formats: Mapping[Modality, TemplateFormat]) -> list[int]:
        """Return for each unknown print of one person the first print of its finger."""
        alike: set[tuple[int, int]] = set()
        if len(prints) > 1:
            matcher, calibration = self._matchers[Modality.FINGER], self._calibrations[Modality.FINGER]
            store = matcher.new_store(formats[Modality.FINGER])
            for later, one in enumerate(prints):
                scores = store.compare(one, np.arange(later))
                fmrs = calibration.fmr_values(scores)
                alike |= {(int(earlier), later) for earlier in np.flatnonzero(fmrs <= SAME_FINGER_FMR)}
                store.append(one)
        return same_finger_groups(len(prints), alike)

    def _regroup_unknown(self, number: int) -> None:
        """Say anew which unknown prints of a changed subject are samples of one finger; a finger is named by a row."""
        column = self.columns[Position.UNKNOWN]
        places = self.people.places_of(number)
        own = sorted(place.row for place in places if place.identity.position is Position.UNKNOWN)
        rows: Ids = np.array(own, dtype=np.int64)
        groups = self._same_finger([column.feature(row) for row in own], self._formats)
        column.regroup(rows, rows[np.array(groups, dtype=np.int64)])

    def _compact(self) -> None:
        for position, column in self.columns.items():
            kept = column.compact()
            if kept is None:
                continue
            self.people.move(position, kept)
            if position is Position.UNKNOWN:
                rows: Ids = np.arange(len(kept))
                column.regroup(rows, np.searchsorted(kept, column.slots_of(rows)))
