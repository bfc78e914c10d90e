"""What a simulated person's ten fingers are like: pattern classes, ridge spacing and skin, related as a hand's are.

Class frequencies over all fingers are those of Wilson, Candela and Watson, "Neural network fingerprint
classification", Journal of Artificial Neural Networks 1(2), 1994. How they part over the five digits follows the known
tendencies (whorls on thumbs and ring fingers, arches and radial loops on index fingers: Cummins and Midlo, "Finger
Prints, Palms and Soles", 1943), scaled so that the ten fingers together have exactly those frequencies. The sizes of
these tendencies, and how alike the fingers of one person are, are our estimates; ridge periods were held against
FVC2002 set B by `kura bench simulator`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from statistics import NormalDist

import numpy as np

from biometrics.errors import ConfigurationError
from biometrics.positions import FINGERS, Position


class PatternClass(Enum):
    """The five classes of the Henry system, as ridges are seen in an impression."""

    ARCH = "arch"
    TENTED_ARCH = "tented arch"
    LEFT_LOOP = "left loop"
    RIGHT_LOOP = "right loop"
    WHORL = "whorl"


NATURAL_FREQUENCIES = {
    PatternClass.ARCH: 0.037,
    PatternClass.TENTED_ARCH: 0.029,
    PatternClass.LEFT_LOOP: 0.338,
    PatternClass.RIGHT_LOOP: 0.317,
    PatternClass.WHORL: 0.279,
}
"""Wilson, Candela and Watson 1994."""

_DIGIT_WEIGHTS = {
    "thumb": (0.6, 0.4, 0.3, 1.45),
    "index": (2.3, 2.2, 3.8, 1.05),
    "middle": (1.4, 1.4, 0.5, 0.65),
    "ring": (0.4, 0.6, 0.3, 1.40),
    "little": (0.3, 0.4, 0.1, 0.45),
}
"""How frequent arches, tented arches, radial loops and whorls are on a digit, relative to the mean of the five."""

_RADIAL_LOOPS = 0.045
"""Share of all fingers; the other loops are ulnar."""

_PERSON, _DIGIT, _GROWTH = 0.55, 0.25, 0.20
"""Shares of the variance of pattern intensity: all ten fingers, the two of one digit, each finger by itself."""

_PERIOD_PX = 8.75
_PERIOD_PERSON_SD, _PERIOD_FINGER_SD = 0.48, 0.28
_PERIOD_RANGE_PX = (7.0, 11.0)
"""Ridge period at 500 ppi over adults: about 9 pixels (0.46 mm), finer in women than in men."""

_WEAR_PERSON_SD, _WEAR_FINGER_SD = 0.30, 0.20
"""Deviations of the logarithm of wear."""

_THUMB_SCALE, _LITTLE_SCALE = 1.12, 0.86


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerTraits:
    """What is fixed in one finger before its ridges form.

    Parameters
    ----------
    position
        Which finger.
    pattern
        Its class.
    period_px
        Mean distance from ridge to ridge, pixels at 500 ppi.
    scale
        Size of the fingertip, 1 for an ordinary index finger.
    moisture
        How much wetter than average its skin is, in standard deviations; negative is dry.
    wear
        How rough, scarred and worn its ridges are; 1 is ordinary.
    genes
        Seed of what identical twins share, such as where singular points lie.
    seed
        Seed of what nobody shares: the ridges themselves.

    Raises
    ------
    ConfigurationError
        When the position is no named finger, the period, scale, moisture or wear no finger's, or a seed negative.
    """

    position: Position
    pattern: PatternClass
    period_px: float = _PERIOD_PX
    scale: float = 1.0
    moisture: float = 0.0
    wear: float = 1.0
    genes: int = 0
    seed: int

    def __post_init__(self) -> None:
        _refuse_unnamed(self.position)
        if not 5.0 <= self.period_px <= 15.0:
            raise ConfigurationError(f"ridges {self.period_px:g} pixels apart are no finger's", remedy="use about 9")
        if not (0.3 <= self.scale <= 3.0 and math.isfinite(self.moisture) and 0.0 <= self.wear < math.inf):
            raise ConfigurationError("no finger has such a scale, moisture or wear", remedy="use about 1, 0 and 1")
        _refuse_negative(self.genes, self.seed)

    @property
    def left_hand(self) -> bool:
        """Whether it is a finger of the left hand."""
        return self.position.value.startswith("left")

    @property
    def digit(self) -> str:
        """`thumb` to `little`, of either hand."""
        return self.position.value.partition("_")[2]


def fingers_of(genes: int, growth: int | None = None) -> dict[Position, FingerTraits]:
    """Return the ten fingers of a simulated person.

    Fingers of one person tend to the same classes, homologous ones of both hands more so; ridges are independent.

    Parameters
    ----------
    genes
        Seed of the person; identical twins have the same.
    growth
        Seed of how the person grew, in which twins differ; None for the same number as `genes`.

    Raises
    ------
    ConfigurationError
        When a seed is negative.
    """
    growth = genes if growth is None else growth
    _refuse_negative(genes, growth)
    person = np.random.default_rng([genes, 0x6E])
    traits = person.standard_normal(4)
    digits = {digit: person.standard_normal(3) for digit in _DIGIT_WEIGHTS}
    return {position: _finger(position, genes, growth, traits, digits) for position in FINGERS}


def _finger(
    position: Position,
    genes: int,
    growth: int,
    person: np.ndarray,
    digits: dict[str, np.ndarray],
) -> FingerTraits:
    hand, _, digit = position.value.partition("_")
    own = np.random.default_rng([genes, growth, position.iso_code or 0, 0x6F])
    own_intensity, own_side, own_period, own_moisture, own_wear = own.standard_normal(5)
    intensity = (
        math.sqrt(_PERSON) * person[0] + math.sqrt(_DIGIT) * digits[digit][0] + math.sqrt(_GROWTH) * own_intensity
    )
    side = math.sqrt(_DIGIT) * digits[digit][1] + math.sqrt(1.0 - _DIGIT) * own_side
    scale = {"thumb": _THUMB_SCALE, "little": _LITTLE_SCALE}.get(digit, 1.0)
    period = (_PERIOD_PX + _PERIOD_PERSON_SD * person[1] + _PERIOD_FINGER_SD * own_period) * math.sqrt(scale)
    return FingerTraits(
        position=position,
        pattern=_pattern(digit, hand == "left", _share(intensity), _share(side)),
        period_px=float(np.clip(period, *_PERIOD_RANGE_PX)),
        scale=scale * float(np.clip(1.0 + 0.05 * digits[digit][2], 0.88, 1.12)),
        moisture=float(0.8 * person[2] + 0.6 * own_moisture),
        wear=float(math.exp(_WEAR_PERSON_SD * person[3] + _WEAR_FINGER_SD * own_wear)),
        genes=genes,
        seed=int(own.integers(2**62)),
    )


def class_frequencies(position: Position) -> dict[PatternClass, float]:
    """Return how often each class occurs on a finger; over the ten fingers the mean is `NATURAL_FREQUENCIES`.

    Raises
    ------
    ConfigurationError
        When the position is no named finger.
    """
    _refuse_unnamed(position)
    hand, _, digit = position.value.partition("_")
    arch, tented, radial, mean_whorl = _digit_shares(digit)
    # Left hands have fewer whorls and more loops than right ones: that is why left loops outnumber right loops.
    surplus = NATURAL_FREQUENCIES[PatternClass.LEFT_LOOP] - NATURAL_FREQUENCIES[PatternClass.RIGHT_LOOP]
    whorl = mean_whorl - surplus if hand == "left" else mean_whorl + surplus
    ulnar = 1.0 - arch - tented - radial - whorl
    left, right = (ulnar, radial) if hand == "left" else (radial, ulnar)
    return {
        PatternClass.ARCH: arch,
        PatternClass.TENTED_ARCH: tented,
        PatternClass.LEFT_LOOP: left,
        PatternClass.RIGHT_LOOP: right,
        PatternClass.WHORL: whorl,
    }


def _digit_shares(digit: str) -> tuple[float, float, float, float]:
    weights = np.array(list(_DIGIT_WEIGHTS.values()))
    relative = np.array(_DIGIT_WEIGHTS[digit]) / weights.mean(axis=0)
    means = (
        NATURAL_FREQUENCIES[PatternClass.ARCH],
        NATURAL_FREQUENCIES[PatternClass.TENTED_ARCH],
        _RADIAL_LOOPS,
        NATURAL_FREQUENCIES[PatternClass.WHORL],
    )
    arch, tented, radial, whorl = (float(share) for share in relative * means)
    return arch, tented, radial, whorl


def _pattern(digit: str, left_hand: bool, intensity: float, side: float) -> PatternClass:
    """Choose by pattern intensity, which grows from arches over loops to whorls, and a loop's side by itself."""
    frequencies = class_frequencies(Position(f"{'left' if left_hand else 'right'}_{digit}"))
    arch, tented = frequencies[PatternClass.ARCH], frequencies[PatternClass.TENTED_ARCH]
    left, right = frequencies[PatternClass.LEFT_LOOP], frequencies[PatternClass.RIGHT_LOOP]
    if intensity < arch:
        return PatternClass.ARCH
    if intensity < arch + tented:
        return PatternClass.TENTED_ARCH
    if intensity < arch + tented + left + right:
        return PatternClass.LEFT_LOOP if side < left / (left + right) else PatternClass.RIGHT_LOOP
    return PatternClass.WHORL


def _refuse_unnamed(position: Position) -> None:
    if position not in FINGERS:
        raise ConfigurationError(f"{position.value} is no named finger", remedy="name one of the ten fingers")


def _refuse_negative(*seeds: int) -> None:
    if min(seeds) < 0:
        raise ConfigurationError(f"{min(seeds)} is no seed", remedy="use 0 or more")


def _share(standard_normal: float) -> float:
    return NormalDist().cdf(standard_normal)
