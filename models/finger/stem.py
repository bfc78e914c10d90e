"""The first layers of the minutia network: two views of the picture at half its resolution."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from models.finger.kernels import MARGIN, see

PaddedPicture: TypeAlias = Float32[NDArray[np.float32], "rows columns"]
Kernels: TypeAlias = Float32[NDArray[np.float32], "fours 5 4 5"]
Terms: TypeAlias = Float32[NDArray[np.float32], "3 channels"]
Seen: TypeAlias = Float32[NDArray[np.float32], "1 half_rows half_columns channels"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stem:
    """Weights of one stem.

    Parameters
    ----------
    kernels
        Taps by groups of four channels, row, channel, column; the second half of the channels is dilated by two.
    terms
        Bias, gain and shift of each channel.
    strongest
        Halve by the maximum, not the mean.
    """

    kernels: Kernels
    terms: Terms
    strongest: bool

    def see(self, picture: PaddedPicture) -> Seen:
        """Return what the stem sees in a picture of even sides."""
        rows, columns = picture.shape
        framed = np.zeros((rows + 2 * MARGIN, columns + 2 * MARGIN), dtype=np.float32)
        framed[MARGIN:-MARGIN, MARGIN:-MARGIN] = picture
        seen = np.empty((rows // 2, columns // 2, self.terms.shape[1]), dtype=np.float32)
        see(framed, self.kernels, self.terms, self.strongest, seen)
        return seen[np.newaxis]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stems:
    """Both stems of the network, under the names its graph gives to what they see."""

    context: Stem
    detail: Stem

    @classmethod
    def read(cls, metadata: str) -> Stems:
        """Return the stems that a built network carries, as `models.building.stems` wrote them."""
        with np.load(io.BytesIO(base64.b64decode(metadata))) as arrays:
            return cls(
                context=Stem(kernels=arrays["stem0_kernels"], terms=arrays["stem0_terms"], strongest=True),
                detail=Stem(kernels=arrays["stem1_kernels"], terms=arrays["stem1_terms"], strongest=False),
            )

    def see(self, picture: PaddedPicture) -> dict[str, Seen]:
        """Return what both see, by the names of the graph's inputs."""
        return {"context": self.context.see(picture), "detail": self.detail.see(picture)}
