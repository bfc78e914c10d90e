"""512 numbers of a finger, stored in 128 bytes and compared by whole-number arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32, Int8, UInt8
from numpy.typing import NDArray

from biometrics.errors import TemplateError
from biometrics.templates import MinutiaSet
from matching.descriptor.aggregate import aggregate
from matching.descriptor.surroundings import surroundings_of
from matching.descriptor.weights import shipped_weights

Numbers: TypeAlias = Int8[NDArray[np.int8], " dimension"]
Code: TypeAlias = UInt8[NDArray[np.uint8], " bytes"]
Levels: TypeAlias = Float32[NDArray[np.float32], "_rows _dimension"]

SCHEME = "kura-finger-descriptor/1"
"""Name of the descriptor; it changes whenever a code does. Codes of different schemes cannot be compared."""

DIMENSION = 512
BYTES = DIMENSION // 4

LEAST_MINUTIAE = 4
"""As in the comparison of minutiae: prints of fewer cannot be told from chance."""

UNIT = 32
"""Numbers stand for deviations of a normal distribution, in 32nds; they are odd, so that each has a sign."""

INNER, OUTER, BORDER = 15, 47, 31
"""A number is stored as -47, -15, 15 or 47, from 31 on as an outer one: 0.47, 1.47 and 0.97 deviations, about the four
best levels for a normal distribution (J. Max, "Quantizing for minimum distortion", IRE Trans. IT-6, 1960)."""

_SHIFTS = np.array([0, 2, 4, 6], dtype=np.uint8)
_LEVELS = np.array([-OUTER, -INNER, INNER, OUTER], dtype=np.float32)

BYTE_LEVELS: Levels = _LEVELS[np.arange(256)[:, None] >> _SHIFTS & 3]
"""float32 [256, 4]: the four numbers that each byte stands for, the lowest two bits first."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FingerDescriptor:
    """What a finger looks like, in as many numbers for every print, for shortlists.

    A probe is compared with all its numbers; what is stored of a reference is `code`.

    Parameters
    ----------
    numbers
        int8 [512].

    Raises
    ------
    TemplateError
        When there are more or fewer numbers.
    """

    numbers: Numbers

    def __post_init__(self) -> None:
        if len(self.numbers) != DIMENSION:
            raise TemplateError(f"a finger descriptor has {DIMENSION} numbers, not {len(self.numbers)}")

    @classmethod
    def of_code(cls, code: Code) -> FingerDescriptor:
        """Return what a code says.

        Raises
        ------
        TemplateError
            When the code has not 128 bytes.
        """
        return cls(numbers=BYTE_LEVELS[code].reshape(-1).astype(np.int8))

    @property
    def code(self) -> Code:
        """The numbers in two bits each, uint8 [128]."""
        numbers = self.numbers.reshape(-1, 4)
        levels = (numbers > 0) * np.uint8(1) + (numbers >= BORDER) + (numbers > -BORDER)
        return np.asarray(np.bitwise_or.reduce(levels.astype(np.uint8) << _SHIFTS, axis=1))

    def likeness(self, code: Code) -> int:
        """Return how like a stored finger this one is: an inner product, for different fingers about 0."""
        return int(self.numbers.astype(np.int64) @ BYTE_LEVELS[code].reshape(-1).astype(np.int64))


def describe(minutiae: MinutiaSet) -> FingerDescriptor | None:
    """Describe a print, the same however it is turned or shifted; None where there is too little to describe.

    Positions and directions alone count, so minutiae of any extractor can be described. Too little means fewer than
    four minutiae with a neighbour within 76 px; such prints must be compared with everybody.
    """
    surroundings = surroundings_of([minutiae])
    if len(surroundings.trust) < LEAST_MINUTIAE:
        return None
    described = aggregate(surroundings, shipped_weights())[0]
    return FingerDescriptor(numbers=np.clip(2 * np.floor(described * (UNIT / 2)) + 1, -127, 127).astype(np.int8))
