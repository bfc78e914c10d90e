"""What an operator can do about a poor print, from what was measured in it."""

from __future__ import annotations

from enum import Enum

from biometrics.quality import QualityScore

GOOD_ENOUGH = 60
"""Quality from which nothing is advised: nine of ten such prints match their mates at FMR 1e-3 even where half of all
were degraded, and 13 of the 320 prints of FVC2002 set B are below."""

_SMALL_CM2 = 1.0
"""Less contact than all but the smallest tenth of prints on FVC2002's smallest sensor (DB3)."""

_DRY_BELOW, _WET_ABOVE = 0.33, 0.55
"""Share of ink: what simulated skin prints when a fifth of a ridge's height is lost, or won, everywhere; FVC2002 set B
has medians of 0.30 to 0.45."""

_NEAR_EDGE_MM = 2.5
"""Five ridges around the middle of the pattern. One print in twenty of FVC2002 set B has less."""


class PrintAdvice(Enum):
    """One thing to do; the value is a code for programs and translations."""

    SHOW_MORE = "show_more"
    MOISTEN = "moisten"
    DRY = "dry"
    CENTRE = "centre"
    CLEAN = "clean"

    @property
    def text(self) -> str:
        """The advice in English."""
        return _TEXTS[self]


_TEXTS = {
    PrintAdvice.SHOW_MORE: "little of the finger touches; lay the whole pad flat",
    PrintAdvice.MOISTEN: "the print is dry or faint; moisten the finger and press harder",
    PrintAdvice.DRY: "the print is wet or smeared; dry the finger and press lighter",
    PrintAdvice.CENTRE: "the middle of the pattern is cut off; centre the finger",
    PrintAdvice.CLEAN: "the ridges are unclear; clean the sensor and the finger, and hold still",
}


def advise(quality: QualityScore, good_enough: int = GOOD_ENOUGH) -> tuple[PrintAdvice, ...]:
    """Return what to do before capturing again; nothing when the print is good enough.

    Parameters
    ----------
    quality
        From `models.finger.quality.assess_print`, or estimated, with the same components.
    good_enough
        Value from which nothing is advised; an estimate needs a margin.
    """
    if quality.value >= good_enough:
        return ()
    measured = quality.components
    applying = {
        PrintAdvice.SHOW_MORE: measured["contact_area_cm2"] < _SMALL_CM2,
        PrintAdvice.MOISTEN: measured["ridge_share"] < _DRY_BELOW,
        PrintAdvice.DRY: measured["ridge_share"] > _WET_ABOVE,
        PrintAdvice.CENTRE: measured["centre_to_edge_mm"] < _NEAR_EDGE_MM,
    }
    return tuple(advice for advice, applies in applying.items() if applies) or (PrintAdvice.CLEAN,)
