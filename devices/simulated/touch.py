"""One touch of a sensor: where the finger lies, how its skin is stretched, how much is in contact, how wet it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from biometrics.errors import ConfigurationError
from devices.simulated.profiles import Profile
from devices.simulated.traits import FingerTraits

_WILD = 3.0
_LARGEST_TURN_DEG = 40.0
_LARGEST_SHIFT_PX = 90.0
_WETTEST, _ROUGHEST = 0.8, 1.5
"""Wetness and speckle that are neared, never reached: beyond, whole fingers would print as blots or not at all, and an
operator would ask for another touch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One touch, in the sensor's terms.

    Parameters
    ----------
    rotation_deg
        Counter-clockwise turn of the finger as seen in the picture.
    shift_px
        Right and up, of the pad's middle from the picture's.
    slide_px
        How far the middle of contact was dragged against the skin around it, right and up on the pad.
    twist_deg
        How far it was turned against the skin around it, counter-clockwise.
    wrinkle_px
        Standard deviation of small displacements.
    area
        Relative size of contact.
    press_px
        Right and up, of the middle of contact from the pad's middle: which part of the pad is pressed.
    wetness
        Mean offset of the skin's height at which ink flows: negative thins ridges, positive fills valleys.
    patches, speckle, creases, noise_levels
        As in `Profile`.
    seed
        Of everything irregular.

    Raises
    ------
    ConfigurationError
        When a number is not finite, the area not positive, or a deviation or the seed negative.
    """

    rotation_deg: float = 0.0
    shift_px: tuple[float, float] = (0.0, 0.0)
    slide_px: tuple[float, float] = (0.0, 0.0)
    twist_deg: float = 0.0
    wrinkle_px: float = 0.0
    area: float = 1.0
    press_px: tuple[float, float] = (0.0, 0.0)
    wetness: float = 0.0
    patches: float = 0.0
    speckle: float = 0.0
    creases: float = 0.0
    noise_levels: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        places = (self.rotation_deg, *self.shift_px, *self.slide_px, self.twist_deg, *self.press_px, self.wetness)
        strengths = (self.wrinkle_px, self.patches, self.speckle, self.creases, self.noise_levels, self.seed)
        if not all(map(math.isfinite, (*places, *strengths, self.area))) or self.area <= 0 or min(strengths) < 0:
            raise ConfigurationError(
                "no finger touches like this",
                remedy="give finite numbers, a positive area, and no negative deviation or seed",
            )


def draw_touch(traits: FingerTraits, number: int, profile: Profile) -> Touch:
    """Return the touch with this number of a finger; the same number gives the same touch.

    Raises
    ------
    ConfigurationError
        When the number is negative.
    """
    if number < 0:
        raise ConfigurationError(f"{number} is no number of a touch", remedy="use 0 or more")
    random = np.random.default_rng([traits.seed, number, 0x71])
    lying = random.standard_normal(3) * (_WILD if random.random() < profile.wild_share else 1.0)
    turn_deg = float(np.clip(profile.rotation_deg * lying[0], -_LARGEST_TURN_DEG, _LARGEST_TURN_DEG))
    shift = np.clip(profile.shift_px * lying[1:], -_LARGEST_SHIFT_PX, _LARGEST_SHIFT_PX)
    slide = random.normal(0.0, profile.slide_px, 2)
    low, high = profile.area
    press = random.normal(0.0, (14.0, 24.0))
    # A finger's own skin decides as much as the day's.
    wetness = profile.moisture * (math.sqrt(0.4) * traits.moisture + math.sqrt(0.6) * random.standard_normal())
    speckle = profile.speckle * traits.wear * random.uniform(0.6, 1.4)
    return Touch(
        rotation_deg=turn_deg,
        shift_px=(float(shift[0]), float(shift[1])),
        slide_px=(float(slide[0]), float(slide[1])),
        twist_deg=float(random.normal(0.0, profile.twist_deg)),
        wrinkle_px=profile.wrinkle_px,
        area=float(low + (high - low) * random.beta(1.8, 1.4)),
        press_px=(float(press[0]), float(press[1])),
        wetness=float(_WETTEST * math.tanh(wetness / _WETTEST)),
        patches=profile.patches * float(random.uniform(0.5, 1.5)),
        speckle=float(_ROUGHEST * math.tanh(speckle / _ROUGHEST)),
        creases=profile.creases,
        noise_levels=profile.noise_levels,
        seed=int(random.integers(2**62)),
    )
