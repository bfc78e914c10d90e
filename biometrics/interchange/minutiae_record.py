"""What a minutiae record says, whatever standard it follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from biometrics.errors import TemplateError
from biometrics.interchange.codes import Impression
from biometrics.positions import Modality, Position
from biometrics.quality import QualityScore
from biometrics.templates import MinutiaSet, Template, TemplateFormat


class MinutiaeStandard(Enum):
    """A standard for minutiae records, by the name that commands know it under."""

    ISO_2005 = "iso-19794-2-2005"
    ISO_2011 = "iso-19794-2-2011"
    ANSI_2004 = "ansi-378-2004"
    ANSI_2009 = "ansi-378-2009"

    @property
    def template_format(self) -> TemplateFormat:
        """The format of templates read from such records.

        It says how they are written, not who extracted them: nothing in a record does. No calibration is made for it,
        and since it differs from every extractor's format, a record is never taken for a template of Kura's.
        """
        algorithm, version = self.value.rsplit("-", 1)
        return TemplateFormat(algorithm=algorithm, version=version, metric="minutiae")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FingerView:
    """The minutiae of one print.

    Parameters
    ----------
    position
        Which finger.
    minutiae
        In pixels at 500 ppi, whatever the record's resolution.
    impression
        How the print was taken.
    quality
        0-100; None where the record does not report it.

    Raises
    ------
    TemplateError
        When the position is no finger's or the quality is out of range.
    """

    position: Position
    minutiae: MinutiaSet
    impression: Impression = Impression.UNKNOWN
    quality: int | None = None

    def __post_init__(self) -> None:
        if self.position.modality is not Modality.FINGER:
            raise TemplateError("a minutiae record holds fingers, not faces")
        if self.quality is not None and not 0 <= self.quality <= 100:
            raise TemplateError(f"quality {self.quality} is outside 0-100")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MinutiaeRecord:
    """A minutiae record.

    Parameters
    ----------
    standard
        Which standard it follows.
    views
        Its prints, at least one; prints of one finger in the order of their view numbers.
    notes
        Where the record departs from its standard, and what was left out of it.
    simulated
        True when the record is marked as showing no person's fingers.

    Raises
    ------
    TemplateError
        When it is empty.
    """

    standard: MinutiaeStandard
    views: tuple[FingerView, ...]
    notes: tuple[str, ...] = ()
    simulated: bool = False

    def __post_init__(self) -> None:
        if not self.views:
            raise TemplateError("the minutiae record holds no finger", remedy="enroll the person again")

    @property
    def templates(self) -> tuple[Template, ...]:
        """Its prints as templates; a quality that is not reported counts as 0."""
        return tuple(
            Template(
                format=self.standard.template_format,
                position=view.position,
                body=view.minutiae,
                quality=_quality(view.quality),
                simulated=self.simulated,
            )
            for view in self.views
        )


MINUTIAE_ALONE = TemplateFormat(algorithm="minutiae", version="any-extractor", metric="minutiae")
"""Format of templates that are to be compared although nobody knows that one extractor made them."""


def by_minutiae_alone(templates: Sequence[Template]) -> tuple[Template, ...]:
    """Return finger templates relabelled, so that those of any two extractors compare; others are left out.

    A score is then what it is by the minutiae, but the false match rates that calibrations give it hold for the
    extractor they were measured with.
    """
    return tuple(
        replace(template, format=MINUTIAE_ALONE) for template in templates if template.modality is Modality.FINGER
    )


def _quality(value: int | None) -> QualityScore:
    algorithm = "not reported" if value is None else "as the record reports"
    return QualityScore(value=value or 0, algorithm=algorithm)
