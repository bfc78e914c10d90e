"""Every comparison of everybody with everybody, parted by what is known about the two, as histograms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from api.demo.truth import Pair, Truth
from api.pages.histogram import Line, Strip, histogram_svg
from biometrics.decisions import DecisionPolicy
from matching.calibration import Calibration
from matching.gallery import Gallery
from matching.policy import thresholds

_GENUINE, _TWINS, _IMPOSTOR = "#14733b", "#b7791f", "#7a7f8a"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedPair:
    """Two persons, the evidence that they are one (-log10 of the false match rate), and the score of each finger."""

    pair: Pair
    evidence: float
    finger_scores: tuple[float, ...]


def compare_everybody(gallery: Gallery, label_of: Mapping[str, str]) -> tuple[ComparedPair, ...]:
    """Compare each pair of persons once, by the same search as deduplication but without its thresholds."""
    return tuple(
        ComparedPair(
            pair=frozenset((label_of[subject_id], label_of[candidate.subject_id])),
            evidence=candidate.score,
            finger_scores=tuple(score.value for score in candidate.scores.values()),
        )
        for subject_id in gallery.subjects()
        for candidate in gallery.search_subject(subject_id, only_later=True).candidates
    )


def print_histogram(compared: tuple[ComparedPair, ...], truth: Truth, calibration: Calibration, fmr: float) -> str:
    """Draw the scores of single fingers, each compared with the same finger of the other person."""
    genuine, twins, others = _parted(compared, truth)
    strips = (
        _strip("same finger", _GENUINE, [score for one in genuine for score in one.finger_scores]),
        _strip("twins' fingers", _TWINS, [score for one in twins for score in one.finger_scores]),
        _strip("different people", _IMPOSTOR, [score for one in others for score in one.finger_scores]),
    )
    line = Line(title=f"1:1 verification, {_rate(fmr)}", value=calibration.threshold(fmr))
    return histogram_svg(strips, (line,), title="Finger against finger", axis="comparison score")


def person_histogram(compared: tuple[ComparedPair, ...], truth: Truth, policy: DecisionPolicy, persons: int) -> str:
    """Draw the evidence of whole persons, with the thresholds that deduplication used."""
    genuine, twins, others = _parted(compared, truth)
    strips = (
        _strip("same person twice", _GENUINE, [one.evidence for one in genuine]),
        _strip("twins", _TWINS, [one.evidence for one in twins]),
        _strip("different people", _IMPOSTOR, [one.evidence for one in others]),
    )
    duplicate_fmr, review_fmr = thresholds(policy, persons - 1)
    lines = (
        Line(title=f"doubtful from {-math.log10(review_fmr):.1f}", value=-math.log10(review_fmr)),
        Line(title=f"probable from {-math.log10(duplicate_fmr):.1f}", value=-math.log10(duplicate_fmr)),
    )
    return histogram_svg(strips, lines, title="Person against person", axis="evidence, powers of ten")


def _parted(
    compared: tuple[ComparedPair, ...], truth: Truth
) -> tuple[list[ComparedPair], list[ComparedPair], list[ComparedPair]]:
    duplicates, twins = set(truth.duplicates), set(truth.twins)
    return (
        [one for one in compared if one.pair in duplicates],
        [one for one in compared if one.pair in twins],
        [one for one in compared if one.pair not in duplicates | twins],
    )


def _strip(title: str, color: str, values: list[float]) -> Strip:
    return Strip(title=title, color=color, values=tuple(values))


def _rate(fmr: float) -> str:
    return f"1 stranger in {1 / fmr:,.0f}"
