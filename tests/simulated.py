"""Fingerprint-like pictures from a seed, and renderings of a public-domain portrait, so that tests need no real data.

The ridge pattern grows as in SFinGe (Cappelli, Maio and Maltoni, "Synthetic fingerprint-database generation", ICPR
2002): noise is filtered again and again by oriented band-pass filters along a zero-pole orientation field (Sherlock and
Monro, "A model for interpreting fingerprint topology", 1993) until ridges and minutiae appear by themselves. The
pictures serve tests of the software; error rates measured on them say nothing about people.
"""

from __future__ import annotations

import io
import math
from functools import lru_cache
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from biometrics.arrays import ColorPixels, GrayPixels, Pixels

HEIGHT, WIDTH, PPI = 320, 288, 500.0

_MARGIN = 32
"""Extra pixels on each side while the pattern grows, because Fourier filtering wraps around."""
_ORIENTATIONS = 24
_ROUNDS = 7
_RIDGE, _VALLEY = 45.0, 225.0
"""Grey levels of a ridge and of the light ground, as an optical sensor shows them."""

Field = NDArray[np.float32]

RENDERINGS = ("crop", "darker", "brighter", "rotated", "jpeg", "blurred")


@lru_cache(maxsize=64)
def master_print(seed: int) -> GrayPixels:
    """Return the whole pattern of one simulated finger, [320, 288] at 500 ppi, ridges dark; the same for the same seed.

    Even seeds grow loops of either side, odd ones whorls and, every fifth, a plain arch.
    """
    random = np.random.default_rng([seed, 1])
    period_px = random.uniform(8.5, 9.7)
    theta = _orientation_field(seed, random)
    pattern = random.standard_normal(theta.shape).astype(np.float32)
    filters = _oriented_filters(theta.shape, period_px)
    nearest = np.rint(theta / math.pi * _ORIENTATIONS).astype(np.int64) % _ORIENTATIONS
    for _ in range(_ROUNDS):
        pattern = _filter_along(pattern, filters, nearest)
    inner = pattern[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    return _frozen(_gray_levels(inner))


@lru_cache(maxsize=256)
def impression(
    master_seed: int,
    seed: int,
    *,
    rotation_deg: float = 0.0,
    shift_px: tuple[float, float] = (0.0, 0.0),
    distortion_px: float = 1.2,
    noise: float = 12.0,
    coverage: float = 0.92,
) -> GrayPixels:
    """Return one touch of finger `master_seed` as a sensor would see it, [320, 288] at 500 ppi.

    Parameters
    ----------
    master_seed
        Which finger.
    seed
        Which touch: decides noise, distortion, pressure and the outline.
    rotation_deg
        Counter-clockwise as one sees the picture, about its centre.
    shift_px
        Right and down.
    distortion_px
        Standard deviation of the elastic displacement; 0 for a rigid motion.
    noise
        Standard deviation of the sensor's noise in grey levels; also scales blotches.
    coverage
        Half axes of the elliptic touch as a share of the half picture.
    """
    random = np.random.default_rng([master_seed, seed, 2])
    touched = _moved(master_print(master_seed), rotation_deg, shift_px, distortion_px, random)
    blotches = _smooth_noise(random, 24.0) * 1.5 * noise
    pressure = random.normal(0.0, noise)
    gray = touched + blotches + pressure + random.normal(0.0, noise, touched.shape)
    inside = _touch_mask(random, shift_px, coverage)
    ground = 238.0 + random.normal(0.0, 0.3 * noise, touched.shape)
    blended = inside * gray + (1.0 - inside) * ground
    return _frozen(np.clip(blended, 0, 255).astype(np.uint8))


@lru_cache(maxsize=1)
def portrait() -> ColorPixels:
    """Return matplotlib's public-domain portrait of Grace Hopper (US Navy, 1984), [600, 512, 3]."""
    path = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    with Image.open(path) as picture:
        return _frozen(np.asarray(picture.convert("RGB"), dtype=np.uint8))


def rendering(pixels: Pixels, kind: str) -> Pixels:
    """Return another photograph of the same scene, so to speak; `kind` is one of `RENDERINGS`."""
    height, width = pixels.shape[:2]
    if kind == "crop":
        return pixels[height // 20 : -height // 10, width // 12 : -width // 16].copy()
    if kind in ("darker", "brighter"):
        gain = 0.55 if kind == "darker" else 1.35
        return np.asarray(np.clip(pixels * gain, 0, 255), np.uint8)
    if kind == "rotated":
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), 12.0, 1.0)
        return np.asarray(cv2.warpAffine(pixels, turn, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)
    if kind == "jpeg":
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "JPEG", quality=30)
        with Image.open(buffer) as picture:
            return np.asarray(picture, dtype=np.uint8)
    if kind == "blurred":
        return np.asarray(cv2.GaussianBlur(pixels, (0, 0), 2.0), np.uint8)
    raise ValueError(f"unknown rendering {kind}")


def _orientation_field(seed: int, random: np.random.Generator) -> Field:
    """Ridge direction in radians [0, pi), counter-clockwise with y up, on the picture with its margins."""
    rows = np.arange(HEIGHT + 2 * _MARGIN, dtype=np.float32) - _MARGIN
    columns = np.arange(WIDTH + 2 * _MARGIN, dtype=np.float32) - _MARGIN
    x, y = np.meshgrid(columns - WIDTH / 2, HEIGHT / 2 - rows)
    if seed % 5 == 4:
        bend = random.uniform(0.9, 1.2) * np.exp(-(((y + 20) / 90.0) ** 2))
        return np.asarray(np.mod(-bend * np.sin(math.pi * x / WIDTH), math.pi), np.float32)
    jitter = random.uniform(-12, 12, size=8)
    if seed % 2:
        cores = [(jitter[0] * 0.5, 32 + jitter[1]), (jitter[2] * 0.5, -8 + jitter[3])]
        deltas = [(-115 + jitter[4], -105 + jitter[5]), (115 + jitter[6], -105 + jitter[7])]
    else:
        side = random.choice([-1.0, 1.0])
        cores = [(jitter[0], 25 + jitter[1])]
        deltas = [(side * 85 + jitter[2], -100 + jitter[3])]
    angle = sum(np.arctan2(y - cy, x - cx) for cx, cy in cores) - sum(np.arctan2(y - dy, x - dx) for dx, dy in deltas)
    return np.asarray(np.mod(angle / 2, math.pi), np.float32)


def _oriented_filters(shape: tuple[int, ...], period_px: float) -> Field:
    """Gabor filters in the frequency domain, one per ridge orientation, real and even."""
    v = -np.fft.fftfreq(shape[0])[:, None]
    u = np.fft.rfftfreq(shape[1])[None, :]
    along_sigma, across_sigma = 0.022, 0.028
    filters = []
    for index in range(_ORIENTATIONS):
        theta = math.pi * index / _ORIENTATIONS
        along = u * math.cos(theta) + v * math.sin(theta)
        across = -u * math.sin(theta) + v * math.cos(theta)
        off_peak = (np.abs(across) - 1.0 / period_px) / across_sigma
        filters.append(np.exp(-0.5 * (along / along_sigma) ** 2 - 0.5 * off_peak**2))
    return np.asarray(filters, np.float32)


def _filter_along(pattern: Field, filters: Field, nearest: NDArray[np.int64]) -> Field:
    spectrum = np.fft.rfft2(pattern)
    grown = np.empty_like(pattern)
    for index, band in enumerate(filters):
        here = nearest == index
        if here.any():
            grown[here] = np.fft.irfft2(spectrum * band, s=pattern.shape)[here]
    strength = np.sqrt(cv2.GaussianBlur(grown * grown, (0, 0), 8.0)) + 1e-9
    return np.asarray(np.tanh(1.5 * grown / strength), np.float32)


def _gray_levels(pattern: Field) -> GrayPixels:
    smooth = cv2.GaussianBlur(pattern, (0, 0), 0.8)
    return np.asarray(_RIDGE + (_VALLEY - _RIDGE) * (0.5 - 0.5 * np.clip(smooth, -1, 1)), np.uint8)


def _moved(
    master: GrayPixels,
    rotation_deg: float,
    shift_px: tuple[float, float],
    distortion_px: float,
    random: np.random.Generator,
) -> Field:
    """Resample the master: each output pixel looks back to where it came from."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    right, down = columns - (WIDTH - 1) / 2 - shift_px[0], rows - (HEIGHT - 1) / 2 - shift_px[1]
    turn = math.radians(rotation_deg)
    from_x = right * math.cos(turn) - down * math.sin(turn) + (WIDTH - 1) / 2
    from_y = right * math.sin(turn) + down * math.cos(turn) + (HEIGHT - 1) / 2
    from_x = from_x + distortion_px * _smooth_noise(random, 60.0)
    from_y = from_y + distortion_px * _smooth_noise(random, 60.0)
    found = cv2.remap(
        master,
        np.asarray(from_x, np.float32),
        np.asarray(from_y, np.float32),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(238.0,),
    )
    return np.asarray(found, np.float32)


def _smooth_noise(random: np.random.Generator, sigma_px: float) -> Field:
    """Random field of unit variance that changes over `sigma_px`."""
    coarse = random.standard_normal((10, 10)).astype(np.float32)
    step = max(1, round(sigma_px))
    wide = cv2.resize(coarse, (10 * step, 10 * step), interpolation=cv2.INTER_CUBIC)
    field = cv2.resize(wide[: max(step * 5, 1), : max(step * 5, 1)], (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.asarray((field - field.mean()) / (field.std() + 1e-9), np.float32)


def _touch_mask(random: np.random.Generator, shift_px: tuple[float, float], coverage: float) -> Field:
    """1 inside a soft ellipse around the moved finger, 0 outside."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    wobble = random.uniform(-6, 6, size=2)
    right = (columns - WIDTH / 2 - shift_px[0] - wobble[0]) / (coverage * WIDTH / 2)
    down = (rows - HEIGHT / 2 - shift_px[1] - wobble[1]) / (coverage * HEIGHT / 2)
    return np.asarray(1.0 / (1.0 + np.exp(-25.0 * (1.0 - np.hypot(right, down)))), np.float32)


def _frozen(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    pixels.setflags(write=False)
    return pixels
