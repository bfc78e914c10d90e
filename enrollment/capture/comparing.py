"""Whether two prints are of one finger, as a rate."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from biometrics.scores import CalibratedFmr
from biometrics.templates import Template, require_comparable
from matching.calibration import Calibration, load_calibration
from matching.minutiae import SCALE, PreparedPrint, compare, prepare

_MOST_PREPARED = 64
"""Prints kept ready: ten fingers twice, their references, and what is being compared."""


@runtime_checkable
class PrintComparison(Protocol):
    """Compares finger templates of one format."""

    def __call__(self, first: Template, second: Template, /) -> CalibratedFmr:
        """Return how often prints of different fingers are as alike as these two.

        Raises
        ------
        IncompatibleTemplatesError
            When their formats differ.
        """
        ...


class CalibratedComparison:
    """Compares minutiae and says what the score means; each print is prepared once as long as it is in use.

    Parameters
    ----------
    calibration
        Of the minutia scale; by default the one that ships.
    """

    def __init__(self, calibration: Calibration | None = None) -> None:
        self._calibration = load_calibration(SCALE) if calibration is None else calibration
        self._prepared: dict[int, tuple[Template, PreparedPrint]] = {}

    def __call__(self, first: Template, second: Template, /) -> CalibratedFmr:
        """Return how often prints of different fingers are as alike as these two.

        Raises
        ------
        IncompatibleTemplatesError
            When their formats differ.
        """
        require_comparable(first.format, second.format)
        return self._calibration.fmr(compare(self._print(first), self._print(second)))

    def _print(self, template: Template) -> PreparedPrint:
        # The template is kept beside its print, so that no other one can come to have its identity.
        found = self._prepared.pop(id(template), None) or (template, prepare(template.minutiae))
        self._prepared[id(template)] = found
        while len(self._prepared) > _MOST_PREPARED:
            del self._prepared[next(iter(self._prepared))]
        return found[1]
