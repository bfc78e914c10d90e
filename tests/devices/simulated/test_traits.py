"""What a simulated person's ten fingers have in common, with each other, with a twin's and with a stranger's."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from itertools import permutations
from typing import Any

import numpy as np
import pytest

from biometrics.errors import ConfigurationError
from biometrics.positions import FINGERS, Position
from devices.simulated import NATURAL_FREQUENCIES, FingerTraits, PatternClass, class_frequencies, fingers_of

Fingers = dict[Position, FingerTraits]

PERSONS = 600
LEFT = tuple(position for position in FINGERS if position.value.startswith("left"))
MIRRORED = {PatternClass.LEFT_LOOP: PatternClass.RIGHT_LOOP, PatternClass.RIGHT_LOOP: PatternClass.LEFT_LOOP}


@pytest.fixture(scope="module")
def people() -> list[Fingers]:
    return [fingers_of(genes) for genes in range(PERSONS)]


@pytest.fixture(scope="module")
def twins() -> list[Fingers]:
    return [fingers_of(genes, growth=PERSONS + genes) for genes in range(PERSONS)]


def _homologous(position: Position) -> Position:
    return Position(position.value.replace("left_", "right_"))


def _agreement(ones: list[Fingers], others: list[Fingers]) -> float:
    """Share of the fingers of both that are of one class."""
    pairs = zip(ones, others, strict=True)
    return float(np.mean([one[finger].pattern is other[finger].pattern for one, other in pairs for finger in FINGERS]))


def _strangers(people: list[Fingers]) -> list[Fingers]:
    return people[1:] + people[:1]


def test_frequencies_of_a_finger_are_a_distribution() -> None:
    for position in FINGERS:
        frequencies = class_frequencies(position)
        assert set(frequencies) == set(PatternClass)
        assert sum(frequencies.values()) == pytest.approx(1.0, abs=1e-12)
        assert min(frequencies.values()) > 0


def test_ten_fingers_together_have_the_natural_frequencies() -> None:
    assert sum(NATURAL_FREQUENCIES.values()) == pytest.approx(1.0)
    for pattern, share in NATURAL_FREQUENCIES.items():
        over_ten = np.mean([class_frequencies(position)[pattern] for position in FINGERS])
        assert over_ten == pytest.approx(share, abs=1e-12)


def test_radial_loops_are_for_index_fingers_and_whorls_for_thumbs() -> None:
    radial = {position: class_frequencies(position)[PatternClass.RIGHT_LOOP] for position in LEFT}
    whorls = {position: class_frequencies(position)[PatternClass.WHORL] for position in LEFT}
    assert max(radial, key=radial.__getitem__) is Position.LEFT_INDEX
    assert max(whorls, key=whorls.__getitem__) is Position.LEFT_THUMB


def test_people_have_the_frequencies_of_their_fingers(people: list[Fingers]) -> None:
    for position in FINGERS:
        counted = Counter(person[position].pattern for person in people)
        for pattern, share in class_frequencies(position).items():
            deviation = (share * (1 - share) / PERSONS) ** 0.5
            assert counted[pattern] / PERSONS == pytest.approx(share, abs=4 * deviation)


def test_fingers_of_a_person_are_alike_and_homologous_ones_more_so(people: list[Fingers]) -> None:
    def agreement(others: list[Fingers], pairs: list[tuple[Position, Position]]) -> float:
        mirrored = [{f: MIRRORED.get(traits.pattern, traits.pattern) for f, traits in one.items()} for one in others]
        both = zip(people, mirrored, strict=True)
        return float(np.mean([one[finger].pattern is other[second] for one, other in both for finger, second in pairs]))

    homologous = [(position, _homologous(position)) for position in LEFT]
    across = [(one, _homologous(other)) for one, other in permutations(LEFT, 2)]
    strangers = _strangers(people)
    # Beyond what strangers agree in, because a digit's classes are alike in everybody.
    homologous_surplus = agreement(people, homologous) - agreement(strangers, homologous)
    surplus = agreement(people, across) - agreement(strangers, across)
    assert 0.05 < surplus < homologous_surplus - 0.05


def test_identical_twins_have_the_classes_in_common_but_no_ridges(people: list[Fingers], twins: list[Fingers]) -> None:
    strangers = _strangers(people)
    assert _agreement(people, twins) > _agreement(people, strangers) + 0.2
    assert _agreement(people, twins) < 0.9
    seeds = {traits.seed for one in (*people, *twins) for traits in one.values()}
    assert len(seeds) == 2 * PERSONS * len(FINGERS)
    assert all(
        one[finger].genes == other[finger].genes for one, other in zip(people, twins, strict=True) for finger in one
    )


@pytest.mark.parametrize("trait", ["period_px", "moisture", "wear"])
def test_ridge_spacing_and_skin_run_through_a_person(trait: str, people: list[Fingers]) -> None:
    index, ring = (
        [getattr(person[position], trait) for person in people]
        for position in (Position.LEFT_INDEX, Position.RIGHT_RING)
    )
    assert 0.4 < np.corrcoef(index, ring)[0, 1] < 0.95


def test_ridge_periods_are_those_of_adults(people: list[Fingers]) -> None:
    periods = [traits.period_px for person in people for traits in person.values()]
    assert 8.5 < np.mean(periods) < 9.3
    assert 7.0 <= min(periods) < max(periods) <= 11.0


def test_thumbs_are_large_and_little_fingers_small(people: list[Fingers]) -> None:
    thumb, index, little = (
        float(np.mean([person[Position(f"left_{digit}")].scale for person in people]))
        for digit in ("thumb", "index", "little")
    )
    assert thumb > 1.08 > index > 0.92 > little


def test_the_same_seeds_give_the_same_fingers_of_any_size() -> None:
    for genes in (0, 5, 2**62, 2**64 + 1):
        assert fingers_of(genes) == fingers_of(genes, genes)
        assert list(fingers_of(genes)) == list(FINGERS)
    assert len({fingers_of(genes)[Position.LEFT_RING] for genes in (0, 5, 2**32, 2**62, 2**64 + 1)}) == 5


def test_a_finger_knows_its_hand_and_digit() -> None:
    traits = fingers_of(1)[Position.LEFT_LITTLE]
    assert (traits.position, traits.left_hand, traits.digit) == (Position.LEFT_LITTLE, True, "little")
    assert not fingers_of(1)[Position.RIGHT_LITTLE].left_hand


@pytest.mark.parametrize(("genes", "growth"), [(-1, None), (-1, 1), (1, -1)])
def test_negative_seeds_are_refused(genes: int, growth: int | None) -> None:
    with pytest.raises(ConfigurationError, match="-1 is no seed") as refused:
        fingers_of(genes, growth)
    assert refused.value.remedy


@pytest.mark.parametrize("position", [Position.UNKNOWN, Position.FACE])
def test_only_the_ten_fingers_have_traits(position: Position) -> None:
    with pytest.raises(ConfigurationError, match=position.value):
        FingerTraits(position=position, pattern=PatternClass.WHORL, seed=1)
    with pytest.raises(ConfigurationError, match=position.value):
        class_frequencies(position)


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"seed": 1, "genes": -1}, {"seed": 1, "period_px": 50.0}])
def test_impossible_traits_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError):
        FingerTraits(position=Position.LEFT_RING, pattern=PatternClass.WHORL, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("fields", [{"scale": 0.0}, {"scale": math.nan}, {"moisture": math.inf}, {"wear": -0.1}])
def test_traits_that_no_finger_has_are_refused(fields: dict[str, Any]) -> None:
    traits = fingers_of(1)[Position.RIGHT_INDEX]
    with pytest.raises(ConfigurationError, match="scale, moisture or wear"):
        dataclasses.replace(traits, **fields)
