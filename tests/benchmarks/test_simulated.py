"""The pictures the suite makes for itself: the same for the same seed, moved as they say, and like prints."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.simulated import HEIGHT, RENDERINGS, WIDTH, impression, master_print, portrait, rendering


def test_a_seed_gives_one_finger_and_another_gives_another() -> None:
    first = master_print(1)
    assert first.shape == (HEIGHT, WIDTH)
    master_print.cache_clear()
    again = master_print(1)
    assert first is not again
    assert (first == again).all()
    assert abs(np.corrcoef(first.ravel(), master_print(3).ravel())[0, 1]) < 0.2
    with pytest.raises(ValueError, match="read-only"):
        first[0, 0] = 1


def test_ridges_repeat_every_nine_pixels() -> None:
    # Across a picture of ridges in all directions, energy gathers on a ring of one frequency.
    for seed in range(5):
        pixels = master_print(seed).astype(float)
        spectrum = np.abs(np.fft.fft2(pixels - pixels.mean())) ** 2
        frequency = np.hypot(np.fft.fftfreq(HEIGHT)[:, None], np.fft.fftfreq(WIDTH)[None, :])
        period = 1.0 / (float((frequency * spectrum).sum()) / float(spectrum.sum()))
        assert 7.5 < period < 10.5


def test_an_impression_moves_as_it_says() -> None:
    still = impression(1, 1, distortion_px=0.0, noise=0.0).astype(float)
    moved = impression(1, 1, rotation_deg=15.0, shift_px=(12.0, -7.0), distortion_px=0.0, noise=0.0).astype(float)
    rows, columns = np.mgrid[-60:60:8, -60:60:8].reshape(2, -1)
    turn = math.radians(15.0)
    # Counter-clockwise as one sees it: with y down, right turns towards up.
    to_x = (WIDTH - 1) / 2 + columns * math.cos(turn) + rows * math.sin(turn) + 12.0
    to_y = (HEIGHT - 1) / 2 - columns * math.sin(turn) + rows * math.cos(turn) - 7.0
    before = still[np.rint((HEIGHT - 1) / 2 + rows).astype(int), np.rint((WIDTH - 1) / 2 + columns).astype(int)]
    after = moved[np.rint(to_y).astype(int), np.rint(to_x).astype(int)]
    assert np.corrcoef(before, after)[0, 1] > 0.8
    mirrored = moved[np.rint(to_y).astype(int), np.rint(WIDTH - 1 - to_x).astype(int)]
    assert abs(np.corrcoef(before, mirrored)[0, 1]) < 0.3


def test_touches_differ_and_leave_the_border_blank() -> None:
    first, second = impression(2, 1), impression(2, 2)
    assert (first != second).mean() > 0.5
    for pixels in (first, second):
        assert pixels[:12, :12].mean() > 215
        assert pixels[150:170, 130:150].mean() < 200


def test_renderings_of_the_portrait_are_pictures() -> None:
    picture = portrait()
    assert picture.shape == (600, 512, 3)
    for kind in RENDERINGS:
        other = rendering(picture, kind)
        assert other.dtype == np.uint8
        assert other.shape != picture.shape or (other != picture).any()
    assert rendering(picture, "darker").mean() < picture.mean() < rendering(picture, "brighter").mean()
    with pytest.raises(ValueError, match="unknown"):
        rendering(picture, "upside down")
