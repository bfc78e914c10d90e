"""Who has what: persons without a finger, without a portrait, with prints too poor to describe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool
from numpy.typing import NDArray

from biometrics.errors import ConfigurationError
from biometrics.positions import Modality

Presence: TypeAlias = Bool[NDArray[np.bool_], "_rows _blocks"]

SIX = frozenset(("right_thumb", "right_index", "right_middle", "left_thumb", "left_index", "left_middle"))
"""Fingers of persons of whom six were taken. Which six Mali's civil register took is not known; these are the common
choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """Shares of persons, fingers and samples.

    Parameters
    ----------
    six_fingers
        Share of persons of whom six fingers were taken, `SIX`, and no others.
    no_face
        Share of persons without a portrait.
    no_finger
        Share of fingers that a person lacks for good: missing, bandaged, worn.
    under_quality
        Share of samples that cannot be described, on one occasion.
    unlisted
        Share of rows that must be on every shortlist, for prints of unknown position and the like.

    Raises
    ------
    ConfigurationError
        When one is no share.
    """

    six_fingers: float = 0.0
    no_face: float = 0.0
    no_finger: float = 0.0
    under_quality: float = 0.0
    unlisted: float = 0.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ConfigurationError(f"{name} is no share", source="mix", remedy="give numbers from 0 to 1")

    def lasting(self, random: np.random.Generator, names: tuple[str, ...], rows: int) -> Presence:
        """Return which blocks each person can have at all, bool [rows, blocks]."""
        drawn, six = random.random((rows, len(names))), random.random((rows, 1)) < self.six_fingers
        lacking = np.array([self.no_face if modality_of(name) is Modality.FACE else self.no_finger for name in names])
        beyond = np.array([modality_of(name) is Modality.FINGER and name not in SIX for name in names])
        return np.asarray((drawn >= lacking) & ~(six & beyond))

    def captured(self, random: np.random.Generator, lasting: Presence) -> Presence:
        """Return which blocks each sample has, of those that its person can have."""
        return np.asarray(lasting & (random.random(lasting.shape) >= self.under_quality))


COMPLETE = Mix()
"""Everybody has everything."""

NATIONAL = Mix(six_fingers=0.3, no_face=0.005, no_finger=0.015, under_quality=0.01, unlisted=0.0005)
"""A register of prints of several drives: exceptions run at 1 to 2 %, older records have six fingers. The shares of
six fingers, of missing portraits and of unlisted rows are assumed, not measured."""


def modality_of(name: str) -> Modality:
    """Return what kind of vector a block of this name holds: a finger's where it names one, otherwise a face's."""
    return Modality.FINGER if name.startswith(("right_", "left_")) else Modality.FACE
