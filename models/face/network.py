"""The embedder's layers, run by the compiled functions of `models.face.kernels`."""

from __future__ import annotations

import base64
import io
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import onnx
from jaxtyping import Float32, Int8
from numpy.typing import NDArray

from biometrics.arrays import ColorPixels
from biometrics.errors import ModelUnavailableError
from models.building.compiled_face import LAYERS, NETWORK_METADATA
from models.face.kernels import FEATURES, LANES, PANEL, PITCH, TOGETHER, WIDE, conclude, see, separate

RawVectors: TypeAlias = Float32[NDArray[np.float32], "count 128"]
"""What the embedder says of faces, not normalised."""

_Numbers: TypeAlias = Float32[NDArray[np.float32], " _"]
_Views: TypeAlias = Sequence[tuple[ColorPixels, bool]]

_SIDE_PX = 112
"""Of an aligned face, and of the pictures that the first layer makes of it."""

_FIRST_CHANNELS, _MOST_CHANNELS = 32, 64
"""Channels of the pictures that are `_SIDE_PX` large: those that the first layer makes, and the most of all."""

_DEEPEST = 1024
"""Most channels that a layer takes."""

_CACHE_LINE = 16
"""Numbers. Registers filled across two lines take 3 % more time for the whole network."""

_HALVING = (3, 5, 7, 13)
"""Numbers of the layers that halve the sides."""

_STRIP_PIXELS = 196
"""Pixels that a layer takes from its first step to its second at a time: 0.4 MB where there are 512 channels, so that
they stay in the processor's second cache. Between 112 and 392 the speed is the same."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Layer:
    """One layer, see `models.face.kernels.separate`."""

    side: int
    stride: int
    kernels: _Numbers
    levels: Int8[NDArray[np.int8], "_panels _channels _panel"]
    grid: Float32[NDArray[np.float32], "_panels _groups 2 _panel"]
    terms: _Numbers

    def run(self, pictures: _Numbers, count: int, space: _Workspace, result: _Numbers) -> None:
        weights = (self.kernels, self.levels, self.grid, self.terms)
        separate(pictures, count, self.side, self.stride, *weights, space.strip, space.weights, result)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Workspace:
    """Memory of one run, 15 MB; two sets of pictures change places from layer to layer."""

    before: _Numbers
    after: _Numbers
    strip: _Numbers
    weights: _Numbers
    features: _Numbers

    @classmethod
    def new(cls) -> _Workspace:
        pictures = TOGETHER * (_SIDE_PX + 2) ** 2 * _MOST_CHANNELS
        sizes = (pictures, pictures, _STRIP_PIXELS * PITCH, _DEEPEST * PANEL, TOGETHER * FEATURES)
        ends = np.cumsum([-(-size // _CACHE_LINE) * _CACHE_LINE for size in sizes])
        block = np.zeros(ends[-1] + _CACHE_LINE, np.float32)
        block = block[-block.ctypes.data // block.itemsize % _CACHE_LINE :][: ends[-1]]
        before, after, strip, weights, features = np.split(block, ends[:-1])
        return cls(before=before, after=after, strip=strip, weights=weights, features=features)


class FaceNetwork:
    """SFace, compiled; safe to call from several threads.

    Parameters
    ----------
    arrays
        As `models.building.compiled_face` describes them.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._first_weights = _grouped(arrays["first_weights"], PANEL).ravel()
        self._first_terms = _grouped(arrays["first_terms"], PANEL).ravel()
        self._layers = tuple(_layers(arrays))
        self._norm = arrays["norm"]
        self._last = arrays["last_levels"].ravel(), arrays["last_grid"].ravel(), arrays["last_bias"]
        self._spare: deque[_Workspace] = deque()

    @classmethod
    def read(cls, path: Path) -> FaceNetwork:
        """Return the network that a file of `models.building.faces.fold_sface` carries.

        Raises
        ------
        ModelUnavailableError
            When the file carries none.
        """
        metadata = {item.key: item.value for item in onnx.load(path).metadata_props}
        if NETWORK_METADATA not in metadata:
            raise ModelUnavailableError(
                "the model file carries no network to compile", source=path.name, remedy="run kura models prepare"
            )
        with np.load(io.BytesIO(base64.b64decode(metadata[NETWORK_METADATA]))) as arrays:
            return cls(arrays)

    def vectors(self, faces: Sequence[ColorPixels]) -> RawVectors:
        """Return what the network says of aligned RGB faces [112, 112, 3]."""
        return self._vectors([(face, False) for face in faces])

    def vectors_both_ways(self, faces: Sequence[ColorPixels]) -> tuple[RawVectors, RawVectors]:
        """Return what the network says of aligned RGB faces [112, 112, 3] and of their mirror images."""
        both = self._vectors([(face, mirrored) for face in faces for mirrored in (False, True)])
        return both[0::2], both[1::2]

    def _vectors(self, views: _Views) -> RawVectors:
        try:
            space = self._spare.pop()
        except IndexError:
            space = _Workspace.new()
        vectors = np.empty((len(views) + -len(views) % TOGETHER, WIDE), np.float32)
        for start in range(0, len(views), TOGETHER):
            self._run(views[start : start + TOGETHER], space, vectors[start : start + TOGETHER])
        self._spare.append(space)
        return vectors[: len(views)]

    def _run(self, views: _Views, space: _Workspace, vectors: RawVectors) -> None:
        """Write the vectors of up to TOGETHER views; what is written for views that are not there means nothing."""
        before, after = space.before, space.after
        for place, (face, mirrored) in enumerate(views):
            start = place * (_SIDE_PX + 2) ** 2 * _FIRST_CHANNELS
            see(np.ascontiguousarray(face), mirrored, self._first_weights, self._first_terms, before, start)
        for layer in self._layers:
            layer.run(before, len(views), space, after)
            before, after = after, before
        last = self._layers[-1]
        conclude(before, last.side // last.stride, self._norm, *self._last, space.features, vectors)


def _layers(arrays: Mapping[str, NDArray[Any]]) -> Iterator[_Layer]:
    """Put every layer's arrays into the order that suits this processor's registers."""
    side = _SIDE_PX
    for number in LAYERS:
        stride = 2 if number in _HALVING else 1
        yield _Layer(
            side=side,
            stride=stride,
            kernels=_grouped(arrays[f"kernels_{number}"], LANES).ravel(),
            levels=_grouped(arrays[f"levels_{number}"], PANEL),
            grid=_grouped(arrays[f"grid_{number}"], PANEL),
            terms=_grouped(arrays[f"terms_{number}"], PANEL).ravel(),
        )
        side //= stride


def _grouped(array: NDArray[Any], size: int) -> NDArray[Any]:
    """Cut the last axis into groups of `size`, one after the other."""
    groups = array.reshape(*array.shape[:-1], -1, size)
    return np.ascontiguousarray(np.moveaxis(groups, -2, 0))
