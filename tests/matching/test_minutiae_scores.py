"""Exact scores of a few prints: whatever machine compares them, and however the comparison is rewritten."""

from __future__ import annotations

import numpy as np
import pytest

from biometrics.templates import MinutiaSet
from matching.minutiae import compare, prepare, trace
from tests.matching.pinned_prints import Columns, again, bent, finger, turned, upright

Pair = tuple[MinutiaSet, MinutiaSet]

ONE, OTHER, LARGE = finger(1), finger(2), finger(8, 140, 260)


def beside(first: Columns, second: Columns) -> Columns:
    return np.hstack((first, second))


def above(print_: Columns) -> Columns:
    return np.asarray(print_[:, print_[1] < 20])


PAIRS: dict[str, Pair] = {
    "turned": (upright(ONE), turned(again(ONE, 3), 31, -17)),
    "bent": (upright(ONE), turned(bent(again(ONE, 4)), -20, 9)),
    "worn": (upright(ONE), turned(bent(again(ONE, 5, jitter=5, turn=40, kept=6)))),
    "hardly seen": (upright(ONE), turned(bent(again(ONE, 15, jitter=6, turn=55, kept=5)))),
    "cut": (upright(ONE[:, ONE[0] < -20]), turned(bent(again(ONE[:, ONE[0] > -70], 6)), 15, 15)),
    "small": (upright(ONE), turned(again(ONE[:, abs(ONE[0]) + abs(ONE[1]) < 90], 10, kept=10))),
    "few": (upright(ONE[:, :9]), turned(again(ONE[:, :9], 7, kept=9))),
    "crowded": (upright(LARGE), turned(bent(again(LARGE, 9)), 10, 10)),
    "with others": (
        upright(beside(ONE, finger(12, 25))),
        turned(bent(again(beside(ONE, finger(13, 25)), 11, jitter=4))),
    ),
    "fourteen": (
        upright(finger(17, 14)),
        turned(bent(again(finger(17, 14), 2, jitter=3, turn=20, kept=7), 1500), 5, 5),
    ),
    "hardly the same": (
        upright(finger(144, 35)),
        turned(bent(again(finger(144, 35), 20, jitter=7, turn=60, kept=6), 1500), 5, 5),
    ),
    "different": (upright(ONE), upright(OTHER)),
    "different, bent": (upright(ONE), turned(bent(OTHER))),
    "different, cut": (upright(above(finger(13, 45))), turned(bent(finger(12, 30)))),
    "different, cut again": (upright(above(finger(125, 45))), turned(bent(finger(124, 30)))),
    "different, two paired": (upright(finger(1, 6, 60)), upright(finger(1001, 6, 60))),
}

SCORES = {
    "turned": (54.741764068603516, 32),
    "bent": (52.82831954956055, 31),
    "worn": (9.012245178222656, 22),
    "hardly seen": (4.723050594329834, 20),
    "cut": (7.191246509552002, 7),
    "small": (17.101360321044922, 10),
    "few": (34.77965545654297, 9),
    "crowded": (22.030303955078125, 59),
    "with others": (6.686960697174072, 36),
    "fourteen": (12.464613914489746, 9),
    "hardly the same": (4.066917896270752, 19),
    "different": (0.008114656433463097, 0),
    "different, bent": (0.14789699018001556, 11),
    "different, cut": (0.07126091420650482, 7),
    "different, cut again": (0.03648664802312851, 5),
    "different, two paired": (0.022704994305968285, 0),
}
"""Score, and pairs of minutiae. A change here changes the scale: name it anew, and calibrate again."""


@pytest.mark.parametrize("name", PAIRS)
def test_scores_are_the_same_everywhere_and_for_good(name: str) -> None:
    probe, reference = PAIRS[name]
    for first, second in ((probe, reference), (reference, probe)):
        assert (compare(prepare(first), prepare(second)), len(trace(first, second).pairs)) == SCORES[name]
