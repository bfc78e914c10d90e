"""The learned parts of the descriptor, shipped as `weights.npz`."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias
from zipfile import BadZipFile

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from biometrics.errors import ModelUnavailableError
from matching.descriptor.kernels import CELLS

FILE = "weights.npz"

Matrix: TypeAlias = Float64[NDArray[np.float64], "_rows _columns"]
Row: TypeAlias = Float64[NDArray[np.float64], " _columns"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vocabulary:
    """By which words the surroundings of minutiae are described.

    Parameters
    ----------
    view, view_offset
        float64 [cells, seen] and [seen]: from the surroundings of a minutia to what matters of them.
    choice, choice_offset
        float64 [seen, words] and [words]: how near a view is to each of the words.
    words
        float64 [words, seen]: views that others are described by.
    """

    view: Matrix
    view_offset: Row
    choice: Matrix
    choice_offset: Row
    words: Matrix


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """What `benchmarks.descriptor.train` learned from simulated minutiae, and `.people` moved to where prints lie.

    Of people's prints only that went in: 256 numbers, the average of 320 prints of FVC2002 set B.

    Parameters
    ----------
    vocabulary
        For single minutiae.
    output, output_offset
        float64 [words * seen, dimension] and [dimension]: from the sums over a print to its descriptor.

    Raises
    ------
    ModelUnavailableError
        When shapes do not fit together or a number is not finite.
    """

    vocabulary: Vocabulary
    output: Matrix
    output_offset: Row

    def __post_init__(self) -> None:
        seen, words = self.vocabulary.choice.shape
        arrays = self.arrays()
        shapes = {
            "view": (CELLS, seen),
            "view_offset": (seen,),
            "choice_offset": (words,),
            "words": (words, seen),
            "output": (words * seen, len(self.output_offset)),
        }
        fits = all(arrays[name].shape == shape for name, shape in shapes.items())
        if not (fits and all(np.isfinite(array).all() for array in arrays.values())):
            raise ModelUnavailableError("the weights of the finger descriptor do not fit together")

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return every array by name."""
        own = {"output": self.output, "output_offset": self.output_offset}
        return {one.name: getattr(self.vocabulary, one.name) for one in fields(Vocabulary)} | own

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> Weights:
        """Return weights from what `arrays` gave, in any precision."""
        exact = {name: array.astype(np.float64) for name, array in arrays.items()}
        output, output_offset = exact.pop("output"), exact.pop("output_offset")
        return cls(vocabulary=Vocabulary(**exact), output=output, output_offset=output_offset)


def write_weights(weights: Weights, path: Path) -> None:
    """Write weights as `read_weights` reads them; the output as whole numbers of 8 bits, scaled by column."""
    scale = np.abs(weights.output).max(axis=0) / 127
    arrays: dict[str, NDArray[Any]] = {name: array.astype(np.float32) for name, array in weights.arrays().items()}
    arrays["output"] = np.rint(weights.output / scale).astype(np.int8)
    np.savez_compressed(path, allow_pickle=False, output_scale=scale.astype(np.float32), **arrays)


def read_weights(path: Path) -> Weights:
    """Read what `write_weights` wrote.

    Raises
    ------
    ModelUnavailableError
        When the file is missing or damaged.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
            arrays = {name: archive[name].astype(np.float64) for name in archive.files}
        scale = arrays.pop("output_scale")
        return Weights.of({**arrays, "output": arrays["output"] * scale})
    except (OSError, BadZipFile, ValueError, KeyError, TypeError, EOFError) as error:
        raise ModelUnavailableError(
            "the weights of the finger descriptor cannot be read", source=FILE, remedy="install Kura again"
        ) from error


@cache
def shipped_weights() -> Weights:
    """Return the weights that come with Kura, read once."""
    with_package = files("matching.descriptor").joinpath(FILE)
    return read_weights(Path(str(with_package)))
