"""The prints of an identification benchmark: real ones, those seen in a mirror, simulated ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.templates import Enrolled
from biometrics.arrays import Flags, Ids, Values
from biometrics.errors import ConfigurationError
from biometrics.templates import MinutiaSet


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prints:
    """Prints of several data sets, one after the other.

    Parameters
    ----------
    minutiae
        Of each print, None where extraction failed.
    sets
        int64 [prints]: number of the data set.
    fingers
        int64 [prints]: number of the finger, over all sets.
    qualities
        float32 [prints], 0 where extraction failed.
    """

    minutiae: tuple[MinutiaSet | None, ...]
    sets: Ids
    fingers: Ids
    qualities: Values

    def __len__(self) -> int:
        return len(self.minutiae)

    @property
    def firsts(self) -> Flags:
        """Which prints are the first of their finger."""
        leading = np.zeros(len(self), dtype=np.bool_)
        leading[np.unique(self.fingers, return_index=True)[1]] = True
        return leading

    @property
    def present(self) -> Flags:
        """Which prints have minutiae."""
        return np.array([one is not None for one in self.minutiae], dtype=np.bool_)


def prints_of(enrolled: Sequence[Enrolled]) -> Prints:
    """Return the prints of all sets.

    Raises
    ------
    ConfigurationError
        When fewer than two fingers have several prints: then there is nothing to search for, or no interval.
    """
    sets = np.concatenate([np.full(len(one.outcomes), number) for number, one in enumerate(enrolled)])
    names = [(number, finger) for number, one in enumerate(enrolled) for finger in one.subjects.tolist()]
    fingers = np.unique(names, axis=0, return_inverse=True)[1].ravel()
    if (np.bincount(fingers) > 1).sum() < 2:
        raise ConfigurationError(
            "fewer than two fingers have several prints",
            remedy="give folders with several prints of each finger, named <finger>_<impression>",
        )
    templates = [template for one in enrolled for template in one.templates]
    return Prints(
        minutiae=tuple(None if template is None else template.minutiae for template in templates),
        sets=sets.astype(np.int64),
        fingers=fingers.astype(np.int64),
        qualities=np.array([0 if one is None else one.quality.value for one in templates], dtype=np.float32),
    )


def mirrored(minutiae: MinutiaSet) -> MinutiaSet:
    """Return a print as seen in a mirror, which is a print of nobody."""
    angle = np.mod(np.pi - minutiae.angle.astype(np.float64), 2 * np.pi).astype(np.float32)
    return MinutiaSet(
        x=np.clip(minutiae.width - 1 - minutiae.x, 0, None),
        y=minutiae.y,
        angle=np.where(angle < np.float32(2 * np.pi), angle, np.float32(0)),
        kind=minutiae.kind,
        quality=minutiae.quality,
        width=minutiae.width,
        height=minutiae.height,
    )
