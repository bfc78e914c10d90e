"""The simulated person's fingers, and the records that a scanner makes of them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from biometrics.arrays import GrayPixels
from biometrics.errors import ConfigurationError
from biometrics.interchange.codes import Impression
from biometrics.interchange.encoding import encode_finger
from biometrics.interchange.finger_image_record import (
    Compression,
    FingerImage,
    FingerImageRecord,
    FingerImageStandard,
)
from biometrics.interchange.finger_image_writing import write_finger_image_record
from biometrics.positions import FINGERS, Position
from devices.simulated import (
    CLEAN,
    PPI,
    PROFILES,
    WORN,
    MasterPrint,
    Profile,
    Touch,
    draw_touch,
    fingers_of,
    grow_master,
    impress,
)

_MOST_TOUCHES = 1_000
"""Of one finger in one visit, so that no two visits share an impression; as `devices.simulated_scanner` counts."""

_POOR = replace(WORN, name="poor", area=(0.15, 0.25), patches=0.7, speckle=1.4, moisture=0.8)
"""A fleeting touch of dry skin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who stands in front of the device; the numbers mean what they mean to `simulated:finger`.

    Parameters
    ----------
    number
        Whose fingers they are.
    seed
        Which visit it is: another visit leaves other impressions of the same fingers.
    profile
        How they are pressed, one of the simulator's profiles.
    missing
        Fingers that the person does not have.

    Raises
    ------
    ConfigurationError
        When a number is negative, the profile unknown, or something is missing that is no finger.
    """

    number: int = 42
    seed: int = 0
    profile: str = CLEAN.name
    missing: frozenset[Position] = frozenset()

    def __post_init__(self) -> None:
        if self.number < 0 or self.seed < 0:
            raise ConfigurationError("persons and visits are numbered from 0", remedy="give 0 or more")
        if self.profile not in PROFILES:
            raise ConfigurationError(f"no profile {self.profile!r}", remedy=f"use one of {', '.join(PROFILES)}")
        if not self.missing.issubset(FINGERS):
            raise ConfigurationError("a missing finger must be one of the ten fingers", remedy="name fingers")


class Hands:
    """The fingers of persons, grown once and kept: sharing an object between simulators spares the growing."""

    def __init__(self) -> None:
        self._masters: dict[tuple[int, Position], MasterPrint] = {}
        self._growing = threading.Lock()

    def finger(self, person: int, position: Position) -> MasterPrint:
        """Return a finger of a person, grown when first asked for: about 50 ms."""
        with self._growing:
            key = (person, position)
            if key not in self._masters:
                self._masters[key] = grow_master(fingers_of(person)[position])
            return self._masters[key]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pressed:
    """One finger on the glass.

    Parameters
    ----------
    asked
        What the device takes it for.
    finger
        Which it is.
    master
        Whose ridges print.
    touch
        How it lies and how wet it is.
    """

    asked: Position
    finger: Position
    master: MasterPrint
    touch: Touch

    @property
    def score(self) -> float:
        """Return 1-99 by how it is pressed. A stand-in for NFIQ 2 that ranks touches; it measures no picture."""
        touch = self.touch
        lost = 50.0 * abs(touch.wetness) + 18.0 * touch.speckle + 20.0 * touch.patches + 45.0 * (1.0 - touch.area)
        return round(min(99.0, max(1.0, 97.0 - lost)), 1)

    def picture(self) -> GrayPixels:
        """Return what the sensor sees, [400, 336] at 500 ppi."""
        return impress(self.master, self.touch)


class Visit:
    """A person's visit: every touch is another one, counted finger by finger."""

    def __init__(self, person: Person, hands: Hands) -> None:
        self._person, self._hands = person, hands
        self._touches: Counter[Position] = Counter()

    @property
    def person(self) -> Person:
        """Whose it is."""
        return self._person

    def grow(self) -> None:
        """Grow all fingers that are there."""
        for finger in FINGERS:
            if finger not in self._person.missing:
                self._hands.finger(self._person.number, finger)

    def press(self, pressed: dict[Position, Position], *, poor: bool = False, again: bool = False) -> list[Pressed]:
        """Press fingers, each by a touch of its own; those that are missing do not touch.

        Parameters
        ----------
        pressed
            For each finger asked for, which is pressed.
        poor
            Whether badly.
        again
            Whether the touch before is repeated.
        """
        profile = _POOR if poor else PROFILES[self._person.profile]
        there = {asked: finger for asked, finger in pressed.items() if finger not in self._person.missing}
        return [self._pressed(asked, finger, profile, again=again) for asked, finger in there.items()]

    def lifted(self, fingers: Sequence[Position]) -> None:
        """Count a touch of each finger as over."""
        self._touches.update(fingers)

    def _pressed(self, asked: Position, finger: Position, profile: Profile, *, again: bool) -> Pressed:
        master = self._hands.finger(self._person.number, finger)
        number = 0 if again else self._touches[finger] % _MOST_TOUCHES
        touch = draw_touch(master.traits, self._person.seed * _MOST_TOUCHES + number, profile)
        return Pressed(asked=asked, finger=finger, master=master, touch=touch)


def record_of(pixels: GrayPixels, position: Position, *, ppi: float = PPI, score: float | None = None) -> bytes:
    """Return a print as ISO/IEC 19794-4:2011, JPEG 2000 without loss as registration asks for, marked as simulated."""
    compression = Compression.JPEG2000_LOSSLESS
    image = FingerImage(
        position=position,
        width=pixels.shape[1],
        height=pixels.shape[0],
        compression=compression,
        data=encode_finger(pixels, compression, ppi, simulated=True),
        ppi=ppi,
        impression=Impression.LIVE_PLAIN,
        quality=None if score is None else round(score),
    )
    record = FingerImageRecord(standard=FingerImageStandard.ISO_2011, images=(image,), simulated=True)
    return write_finger_image_record(record)
