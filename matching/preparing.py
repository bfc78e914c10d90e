"""From templates to what a gallery keeps and compares: samples of one finger together, portraits fused."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from biometrics.errors import ConfigurationError
from biometrics.positions import Modality, Position
from biometrics.protocols import ChangeKind, ReferenceChange
from biometrics.template_codec import encode_template
from biometrics.templates import BiometricReference, Probe, Template, TemplateFormat, require_comparable
from matching.calibration import Calibration
from matching.column import COMPARED, REFERENCE, Entry
from matching.comparison import ProbePart
from matching.describing import Describing
from matching.pairing import same_finger_groups
from matching.person_vectors import PersonVector
from matching.stores import Matcher
from matching.subject_ids import hash_text

SAME_FINGER_FMR = 1e-4
"""Unknown prints of one person that match at this rate are taken for samples of one finger: of 45 pairs among ten
different fingers, about 1 in 200 persons has one joined by mistake, which only loses a term."""

Formats: TypeAlias = Mapping[Modality, TemplateFormat]
"""The one format of each modality."""

Held: TypeAlias = Mapping[Position, Sequence[Entry[Any]]]
"""References of one person by position, in the order they were added."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Composed:
    """A person as the gallery keeps and compares them.

    Parameters
    ----------
    entries
        Rows by position: the references, and what stands for several of them.
    parts
        The same person as a probe.
    vector
        The same person described, where persons are.
    """

    entries: Held
    parts: tuple[ProbePart, ...]
    vector: PersonVector | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreparedReference:
    """A reference made ready: where it belongs, and what it is known by.

    Parameters
    ----------
    reference_id, position
        Which it is.
    entry
        Its row; without a feature where it is retired or moved.
    digest
        128 bits that stand for its identifier, subject, position and template.
    """

    reference_id: str
    position: Position
    entry: Entry[Any]
    digest: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreparedChange:
    """A change with all work done that needs no gallery.

    Parameters
    ----------
    references
        Those of the change.
    former_digests
        Digests of moved references as those of the subject that had them.
    alone
        Whom the added references make where the subject has no others.
    """

    change: ReferenceChange
    references: tuple[PreparedReference, ...]
    former_digests: tuple[int, ...] = ()
    alone: Composed | None = None


def digest_of(reference: BiometricReference) -> int:
    """Return 128 bits that stand for a reference: for its identifier, subject, position and the bytes of its template.

    What registry and gallery must agree on.
    """
    digest = hashlib.blake2b(digest_size=16)
    for text in (reference.reference_id, reference.subject_id, reference.template.position.value):
        digest.update(text.encode() + b"\0")
    digest.update(encode_template(reference.template))
    return int.from_bytes(digest.digest(), "little")


class Preparer:
    """Makes templates ready for comparison; safe for use by several threads.

    Parameters
    ----------
    matchers, calibrations
        How each modality is compared, and what its scores mean.
    describing
        Who describes persons; None where nobody does.
    """

    def __init__(
        self,
        matchers: Mapping[Modality, Matcher[Any]],
        calibrations: Mapping[Modality, Calibration],
        describing: Describing | None = None,
    ) -> None:
        self.matchers = matchers
        self.calibrations = calibrations
        self.describing = describing

    def formats_with(self, formats: Formats, templates: Sequence[Template]) -> Formats:
        """Return the formats with those of new modalities added.

        Raises
        ------
        IncompatibleTemplatesError
            When a template cannot be compared with those here.
        ConfigurationError
            When scores of its format are on another scale than the calibration's.
        """
        known = dict(formats)
        for template in templates:
            modality = template.modality
            require_comparable(known.setdefault(modality, template.format), template.format)
            self.require_scale(modality, template.format)
        return known

    def require_scale(self, modality: Modality, template_format: TemplateFormat) -> None:
        """Refuse a format whose scores the calibration of its modality is not for.

        Raises
        ------
        ConfigurationError
            When it is for scores of another scale.
        """
        scale, calibrated = self.matchers[modality].scale(template_format), self.calibrations[modality].scale
        if scale != calibrated:
            raise ConfigurationError(
                f"scores on the scale {scale} cannot be read with a calibration of {calibrated}",
                remedy="load the calibration that belongs to the model",
            )

    def probe_parts(self, probe: Probe, formats: Formats) -> tuple[ProbePart, ...]:
        """Return the probe's fingers and face, samples of one finger together.

        Raises
        ------
        IncompatibleTemplatesError, ConfigurationError
            As `formats_with`.
        """
        known = self.formats_with(formats, probe.templates)
        held: dict[Position, list[Entry[Any]]] = {}
        for template in probe.templates:
            feature = self.matchers[template.modality].prepare(template)
            held.setdefault(template.position, []).append(Entry(feature=feature))
        return self.compose(held, known).parts

    def prepare(self, change: ReferenceChange, formats: Formats) -> PreparedChange:
        """Do all work on a change that needs no gallery; see `prepare_many`."""
        (prepared,) = self.prepare_many([change], formats)
        return prepared

    def prepare_many(self, changes: Sequence[ReferenceChange], formats: Formats) -> list[PreparedChange]:
        """Do all work on changes that needs no gallery, describing everybody at once.

        Parameters
        ----------
        formats
            Those of the gallery now; what other changes make of them is found when a change is applied.

        Raises
        ------
        IncompatibleTemplatesError, ConfigurationError
            As `formats_with`, for any of them.
        """
        prepared = [self._prepared_change(change, formats) for change in changes]
        composed = self._described([one.alone for one in prepared if one.alone is not None])
        described = iter(composed)
        return [one if one.alone is None else replace(one, alone=next(described)) for one in prepared]

    def _prepared_change(self, change: ReferenceChange, formats: Formats) -> PreparedChange:
        if change.kind is not ChangeKind.ADDED:
            former = [replace(one, subject_id=str(change.from_subject_id)) for one in change.references]
            return PreparedChange(
                change=change,
                references=tuple(self._named(one) for one in change.references),
                former_digests=tuple(map(digest_of, former)) if change.from_subject_id else (),
            )
        known = self.formats_with(formats, [reference.template for reference in change.references])
        prepared = tuple(self._prepared(reference) for reference in change.references)
        held: dict[Position, list[Entry[Any]]] = {}
        for one in prepared:
            held.setdefault(one.position, []).append(one.entry)
        alone = self.compose(held, known) if held else None
        return PreparedChange(change=change, references=prepared, alone=alone)

    @staticmethod
    def _named(reference: BiometricReference, feature: Any = None) -> PreparedReference:
        entry: Entry[Any] = Entry(feature=feature, name=hash_text(reference.reference_id))
        return PreparedReference(
            reference_id=reference.reference_id,
            position=reference.template.position,
            entry=entry,
            digest=digest_of(reference),
        )

    def _prepared(self, reference: BiometricReference) -> PreparedReference:
        template = reference.template
        return self._named(reference, self.matchers[template.modality].prepare(template))

    def person(self, held: Held, formats: Formats) -> Composed:
        """Return a person's rows and parts from all their references, and the vector where persons are described."""
        (composed,) = self._described([self.compose(held, formats)])
        return composed

    def _described(self, people: list[Composed]) -> list[Composed]:
        if self.describing is None or not people:
            return people
        vectors, masks = self.describing.describe([one.parts for one in people])
        return [
            replace(one, vector=PersonVector(vector=vector, mask=int(mask)))
            for one, vector, mask in zip(people, vectors, masks, strict=True)
        ]

    def compose(self, held: Held, formats: Formats) -> Composed:
        """Return a person's rows and parts from all their references."""
        entries: dict[Position, Sequence[Entry[Any]]] = {}
        parts: list[ProbePart] = []
        for position, own in held.items():
            if position is Position.UNKNOWN:
                groups = self._same_finger([entry.feature for entry in own], formats)
                entries[position] = [
                    replace(entry, slot=group, kind=REFERENCE | COMPARED)
                    for entry, group in zip(own, groups, strict=True)
                ]
                for first in sorted(set(groups)):
                    some = [entry.feature for entry in entries[position] if entry.slot == first]
                    parts.append(ProbePart(position=position, samples=self._fused(position, some)))
            else:
                fused = self._fused(position, [entry.feature for entry in own])
                entries[position] = _with_stand_ins(own, fused)
                parts.append(ProbePart(position=position, samples=fused))
        return Composed(entries=entries, parts=tuple(parts))

    def _fused(self, position: Position, samples: Sequence[Any]) -> tuple[Any, ...]:
        modality = position.modality
        return self.matchers[modality].fuse(samples, self.calibrations[modality])

    def _same_finger(self, prints: Sequence[Any], formats: Formats) -> list[int]:
        """Return for each unknown print of one person the first print of its finger."""
        alike: set[tuple[int, int]] = set()
        if len(prints) > 1:
            matcher, calibration = self.matchers[Modality.FINGER], self.calibrations[Modality.FINGER]
            store = matcher.new_store(formats[Modality.FINGER])
            for later, one in enumerate(prints):
                scores = store.compare(one, np.arange(later))
                fmrs = calibration.fmr_values(scores)
                alike |= {(int(earlier), later) for earlier in np.flatnonzero(fmrs <= SAME_FINGER_FMR)}
                store.append(one)
        return same_finger_groups(len(prints), alike)


def _with_stand_ins(own: Sequence[Entry[Any]], fused: Sequence[Any]) -> list[Entry[Any]]:
    """Return the rows of references at a named position, and of what is compared in their place if it is less."""
    if len(fused) == len(own):
        return [replace(entry, slot=0, kind=REFERENCE | COMPARED) for entry in own]
    return [
        *(replace(entry, slot=0, kind=REFERENCE) for entry in own),
        *(Entry(feature=feature, kind=COMPARED) for feature in fused),
    ]
