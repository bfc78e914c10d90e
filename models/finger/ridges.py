"""Where a picture shows ridges, how clearly, and how far apart.

A window that shows parallel ridges has its energy in one narrow peak of the Fourier spectrum (and its mirror image);
empty ground, smudges and portraits spread theirs. The idea is that of ridge-frequency estimation by short-time Fourier
analysis (Chikkerur, Cartwright and Govindaraju, "Fingerprint enhancement using STFT analysis", Pattern Recognition 40,
2007).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float32
from numpy.typing import NDArray

from biometrics.arrays import GrayPixels

WindowValues: TypeAlias = Float32[NDArray[np.float32], "rows columns"]
WindowFlags: TypeAlias = Bool[NDArray[np.bool_], "rows columns"]
RowValues: TypeAlias = Float32[NDArray[np.float32], " columns"]
Levels: TypeAlias = Float32[NDArray[np.float32], "columns 64 64"]
RowSpectra: TypeAlias = Float32[NDArray[np.float32], "columns 64 band"]
Spectra: TypeAlias = Float32[NDArray[np.float32], "rows columns 64 band"]
Frequencies: TypeAlias = Float32[NDArray[np.float32], "64 band"]

WINDOW_PX = 64
"""About seven ridges of an adult finger at 500 ppi."""

_STRIDE_PX = 32
_MOST_WINDOWS_A_SIDE = 64
"""Larger pictures are sampled at wider strides."""

_SHORTEST_PERIOD_PX, _LONGEST_PERIOD_PX = 3.0, 25.0
_PEAK_REACH = 2
"""Frequency bins around the peak that still belong to it; the taper alone spreads a pure wave over one."""

_BAND = int(WINDOW_PX / _SHORTEST_PERIOD_PX) + _PEAK_REACH + 1
"""Columns of the spectrum from frequency 0 that ridges and the surroundings of their peak can reach."""

_LEAST_CONTRAST = 10.0
"""Standard deviation in grey levels; sensor noise on empty ground stays below."""

_LEAST_CLARITY = 0.15
"""Share of a window's energy in its peak; white noise stays below 0.06, the median of real prints is 0.5."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RidgeMap:
    """Measurements in overlapping windows of 64 x 64 pixels.

    Parameters
    ----------
    clarity
        float32 [rows, columns], 0-1: share of the energy in the ridges' peak.
    period_px
        float32 [rows, columns]: distance between ridges.
    clear
        bool [rows, columns]: the window shows ridges.
    stride_px
        Distance between windows, down and right.
    """

    clarity: WindowValues
    period_px: WindowValues
    clear: WindowFlags
    stride_px: tuple[int, int]

    @property
    def clear_count(self) -> int:
        """Number of windows that show ridges."""
        return int(self.clear.sum())

    @property
    def typical_clarity(self) -> float:
        """Median clarity of the windows that show ridges; 0 without any."""
        return float(np.median(self.clarity[self.clear])) if self.clear.any() else 0.0

    @property
    def typical_period_px(self) -> float | None:
        """Median distance between ridges, the clearest windows weighing most; None without any."""
        if not self.clear.any():
            return None
        periods, weights = self.period_px[self.clear], self.clarity[self.clear] ** 2
        order = np.argsort(periods)
        total = np.cumsum(weights[order])
        return float(periods[order][np.searchsorted(total, total[-1] / 2)])


def measure_ridges(picture: GrayPixels) -> RidgeMap:
    """Measure a picture window by window; smaller than one window it has none."""
    strides = tuple(max(_STRIDE_PX, -(-side // _MOST_WINDOWS_A_SIDE)) for side in picture.shape)
    stride_px = (strides[0], strides[1])
    if min(picture.shape) < WINDOW_PX:
        none = np.zeros((0, 0), dtype=np.float32)
        return RidgeMap(clarity=none, period_px=none, clear=none.astype(np.bool_), stride_px=stride_px)
    windows = np.lib.stride_tricks.sliding_window_view(picture, (WINDOW_PX, WINDOW_PX))
    # Row by row, because the Fourier transforms of all windows at once do not fit into the processor's cache.
    measured = [_measure_row(row.astype(np.float32)) for row in windows[:: stride_px[0], :: stride_px[1]]]
    contrast, energy, spectra = (np.stack(values) for values in zip(*measured, strict=True))
    clarity, period_px = _peak(spectra, energy)
    clear = (contrast >= _LEAST_CONTRAST) & (clarity >= _LEAST_CLARITY)
    return RidgeMap(clarity=clarity, period_px=period_px, clear=clear, stride_px=stride_px)


def _measure_row(levels: Levels) -> tuple[RowValues, RowValues, RowSpectra]:
    """Contrast, energy and spectrum of each window."""
    centred = levels - levels.mean(axis=(1, 2), keepdims=True)
    contrast = np.sqrt(_energy(centred) / np.float32(WINDOW_PX**2))
    tapered = centred * _taper()
    return contrast, _energy(tapered) * np.float32(WINDOW_PX**2), _spectra(tapered)


def _energy(levels: Levels) -> RowValues:
    return np.asarray(np.einsum("cij,cij->c", levels, levels), dtype=np.float32)


def _spectra(levels: Levels) -> RowSpectra:
    """Energy of each Fourier coefficient in columns -_PEAK_REACH up to _BAND.

    Opposite coefficients of a real picture have the same energy, so half a spectrum tells all of it.
    """
    coefficients = np.fft.fft(np.fft.rfft(levels, axis=2)[..., :_BAND], axis=1)
    half = coefficients.real**2 + coefficients.imag**2
    opposite_rows = -np.arange(WINDOW_PX) % WINDOW_PX
    left = half[:, opposite_rows, _PEAK_REACH:0:-1]
    return np.concatenate((left, half), axis=2)


def _peak(spectra: Spectra, total: WindowValues) -> tuple[WindowValues, WindowValues]:
    """Share of the energy in the highest peak and its mirror image, and the wavelength at the peak's centre of mass."""
    frequency = _frequencies()
    in_band = (frequency >= 1 / _LONGEST_PERIOD_PX) & (frequency <= 1 / _SHORTEST_PERIOD_PX)
    banded = spectra * in_band
    right_half = banded[..., _PEAK_REACH:]
    highest = right_half.reshape(*spectra.shape[:2], -1).argmax(axis=2)
    peak_row, peak_column = np.unravel_index(highest, right_half.shape[2:])
    window_row, window_column = np.indices(highest.shape)
    energy = np.zeros(highest.shape, dtype=np.float32)
    moment = np.zeros(highest.shape, dtype=np.float32)
    reach = range(-_PEAK_REACH, _PEAK_REACH + 1)
    for down, right in ((down, right) for down in reach for right in reach):
        row, column = (peak_row + down) % WINDOW_PX, peak_column + _PEAK_REACH + right
        here = banded[window_row, window_column, row, column]
        energy += here
        moment += here * frequency[row, column]
    tiny = np.float32(1e-6)  # a window of one grey level has no energy at all
    clarity = np.minimum(2 * energy / np.maximum(total, tiny), 1.0)
    period_px = np.where(moment > tiny, energy / np.maximum(moment, tiny), _LONGEST_PERIOD_PX)
    return clarity.astype(np.float32), period_px.astype(np.float32)


def _taper() -> Float32[NDArray[np.float32], "64 64"]:
    side = np.hanning(WINDOW_PX + 2)[1:-1]
    return np.asarray(np.outer(side, side), dtype=np.float32)


def _frequencies() -> Frequencies:
    """Cycles per pixel of each coefficient of `_spectra`."""
    down = np.fft.fftfreq(WINDOW_PX)
    right = np.arange(-_PEAK_REACH, _BAND) / WINDOW_PX
    return np.asarray(np.hypot(down[:, np.newaxis], right[np.newaxis, :]), dtype=np.float32)
