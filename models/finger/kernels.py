"""The first layers of the minutia network, compiled: they touch every pixel, and a general runtime moves them about.

Two 5x5 convolutions of the picture (one dilated), layer normalisation over their channels, Gelu and halving follow each
other on two rows at a time, which stay in the processor's cache. Self-contained, as `biometrics.compiled` demands.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from biometrics.compiled import compiled

MARGIN = 4  # pixels that the dilated convolution reaches to each side
EPSILON = np.float32(1e-3)  # what Keras' layer normalisation adds to the variance

# erf(x / sqrt 2) = x P(x^2) / Q(x^2) for |x| up to ERF_END, where it is 1 but for 2e-7; minimax fit, error below 2e-7.
ERF_END = np.float32(5.2)
P0, P1, P2 = np.float32(0.7978838346559746), np.float32(0.09918667313179012), np.float32(0.011037442518809233)
P3, P4 = np.float32(0.0006285238064721796), np.float32(1.1681222384776688e-05)
Q1, Q2, Q3 = np.float32(0.29097282528737395), np.float32(0.03733975075630963), np.float32(0.002703737965546358)
Q4, Q5 = np.float32(0.00011274034552049322), np.float32(5.018993582681121e-07)


@compiled("void(float32[::1], float32[:, ::1], int64, float32[:, ::1])")
def _add_taps(row: NDArray[np.float32], taps: NDArray[np.float32], step: int, sums: NDArray[np.float32]) -> None:
    """Add to four channels what five taps of each, `step` pixels apart, see along one row of the picture."""
    a0, a1, a2, a3, a4 = taps[0, 0], taps[0, 1], taps[0, 2], taps[0, 3], taps[0, 4]
    b0, b1, b2, b3, b4 = taps[1, 0], taps[1, 1], taps[1, 2], taps[1, 3], taps[1, 4]
    c0, c1, c2, c3, c4 = taps[2, 0], taps[2, 1], taps[2, 2], taps[2, 3], taps[2, 4]
    d0, d1, d2, d3, d4 = taps[3, 0], taps[3, 1], taps[3, 2], taps[3, 3], taps[3, 4]
    a, b, c, d = sums[0], sums[1], sums[2], sums[3]
    second, third, fourth, fifth = row[step:], row[2 * step :], row[3 * step :], row[4 * step :]
    for x in range(sums.shape[1]):
        p, q, r, s, t = row[x], second[x], third[x], fourth[x], fifth[x]
        a[x] += a0 * p + a1 * q + a2 * r + a3 * s + a4 * t
        b[x] += b0 * p + b1 * q + b2 * r + b3 * s + b4 * t
        c[x] += c0 * p + c1 * q + c2 * r + c3 * s + c4 * t
        d[x] += d0 * p + d1 * q + d2 * r + d3 * s + d4 * t


@compiled("void(float32[:, ::1], float32[:, :, :, ::1], float32[::1], float32[:, ::1])")
def _convolve(
    rows: NDArray[np.float32], kernels: NDArray[np.float32], bias: NDArray[np.float32], sums: NDArray[np.float32]
) -> None:
    """Write one row of every channel; the first half of the channels sees near, the other is dilated by two."""
    channels = sums.shape[0]
    for channel in range(channels):
        sums[channel] = bias[channel]
    for first in range(0, channels, 4):
        four = sums[first : first + 4]
        step = 1 if first < channels // 2 else 2
        start = MARGIN - 2 * step
        for down in range(5):
            _add_taps(rows[start + step * down, start:], kernels[first // 4, down], step, four)


@compiled("void(float32[:, ::1], float32[::1], float32[::1], float32[:, ::1])")
def _normalise_and_activate(
    values: NDArray[np.float32], gain: NDArray[np.float32], shift: NDArray[np.float32], work: NDArray[np.float32]
) -> None:
    """Give the channels of each pixel mean 0 and variance 1, scale and shift them, and apply Gelu."""
    channels, width = values.shape
    mean, spread = work[0], work[1]
    share = np.float32(1.0) / np.float32(channels)
    mean[:] = np.float32(0.0)
    spread[:] = np.float32(0.0)
    for channel in range(channels):
        row = values[channel]
        for x in range(width):
            mean[x] += row[x]
    for x in range(width):
        mean[x] *= share
    for channel in range(channels):
        row = values[channel]
        for x in range(width):
            centred = row[x] - mean[x]
            row[x] = centred
            spread[x] += centred * centred
    for x in range(width):
        spread[x] = np.float32(1.0) / np.sqrt(spread[x] * share + EPSILON)
    for channel in range(channels):
        row = values[channel]
        scale, offset = gain[channel], shift[channel]
        for x in range(width):
            v = row[x] * spread[x] * scale + offset
            z = min(max(v, -ERF_END), ERF_END)
            t = z * z
            p = (((P4 * t + P3) * t + P2) * t + P1) * t + P0
            q = ((((Q5 * t + Q4) * t + Q3) * t + Q2) * t + Q1) * t + np.float32(1.0)
            row[x] = np.float32(0.5) * v * (np.float32(1.0) + z * p / q)


@compiled("void(float32[:, ::1], float32[:, ::1], boolean, float32[:, ::1])")
def _halve(
    above: NDArray[np.float32], below: NDArray[np.float32], strongest: bool, halved: NDArray[np.float32]
) -> None:
    """Write maximum or mean of each two by two pixels, the channels of a pixel side by side."""
    quarter = np.float32(0.25)
    for channel in range(above.shape[0]):
        first, second = above[channel], below[channel]
        for x in range(halved.shape[0]):
            a, b, c, d = first[2 * x], first[2 * x + 1], second[2 * x], second[2 * x + 1]
            halved[x, channel] = max(a, b, c, d) if strongest else (a + b + c + d) * quarter


@compiled("void(float32[:, ::1], float32[:, :, :, ::1], float32[:, ::1], boolean, float32[:, :, ::1])")
def see(
    picture: NDArray[np.float32],
    kernels: NDArray[np.float32],
    terms: NDArray[np.float32],
    strongest: bool,
    seen: NDArray[np.float32],
) -> None:
    """Run one stem.

    `picture` [height + 8, width + 8] has a margin of four zeros; `kernels` [channels / 4, 5, 4, 5] are taps by groups
    of four channels, row, channel and column; `terms` [3, channels] are bias, gain and shift; `seen` [height / 2,
    width / 2, channels] takes the result, halved by maximum or mean.
    """
    channels, width = seen.shape[2], 2 * seen.shape[1]
    above = np.empty((channels, width), dtype=np.float32)
    below = np.empty((channels, width), dtype=np.float32)
    work = np.empty((2, width), dtype=np.float32)
    for row in range(seen.shape[0]):
        _convolve(picture[2 * row : 2 * row + 9], kernels, terms[0], above)
        _normalise_and_activate(above, terms[1], terms[2], work)
        _convolve(picture[2 * row + 1 : 2 * row + 10], kernels, terms[0], below)
        _normalise_and_activate(below, terms[1], terms[2], work)
        _halve(above, below, strongest, seen[row])
