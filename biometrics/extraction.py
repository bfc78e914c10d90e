"""What models answer when they are given a sample: quality, attack evidence and, where possible, a template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from biometrics.decisions import Reason
from biometrics.errors import ProcessingError
from biometrics.quality import PAD_NOT_EVALUATED, ComponentVerdict, PadResult, QualityScore
from biometrics.samples import BiometricSample
from biometrics.templates import Template, TemplateFormat


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Extraction:
    """Everything one pass over a sample found out.

    Parameters
    ----------
    template
        None when the sample cannot be used; then `reasons` says why.
    quality
        Always given, also for unusable samples.
    pad
        Presentation-attack evidence.
    reasons
        Why there is no template; empty when there is one.
    warnings
        What an operator should know about the sample.
    verdicts
        What was looked at in the sample, component by component, with keys of advice in the operator's language; empty
        where nothing was judged.
    turned_quarters
        By how many quarter turns, anticlockwise, the picture was turned before it was looked at.
    """

    template: Template | None
    quality: QualityScore
    pad: PadResult = PAD_NOT_EVALUATED
    reasons: tuple[Reason, ...] = ()
    warnings: tuple[str, ...] = ()
    verdicts: tuple[ComponentVerdict, ...] = ()
    turned_quarters: int = 0

    def __post_init__(self) -> None:
        if (self.template is None) != bool(self.reasons):
            raise ProcessingError("an extraction has either a template or reasons for having none")


@runtime_checkable
class Extractor(Protocol):
    """Turns samples of one modality into templates of one format; safe to call from several threads."""

    @property
    def format(self) -> TemplateFormat:
        """The format of every template this extractor makes."""
        ...

    def extract(self, sample: BiometricSample) -> Extraction:
        """Measure and extract; a sample that cannot be used is an outcome, not an error."""
        ...
