"""Ridge measurements, resolution and print area on pictures whose ridges are known."""

from __future__ import annotations

import numpy as np
import pytest

from biometrics.arrays import GrayPixels
from biometrics.errors import ResolutionError
from models.finger.area import find_print_area
from models.finger.resample import to_gray, to_template_resolution
from models.finger.resolution import check_resolution, check_size
from models.finger.ridges import RidgeMap, measure_ridges


def _waves(period_px: float, degrees: float, height: int = 256, width: int = 224, noise: float = 10.0) -> GrayPixels:
    rows, columns = np.mgrid[0:height, 0:width]
    turn = np.radians(degrees)
    phase = 2 * np.pi * (columns * np.cos(turn) + rows * np.sin(turn)) / period_px
    sensor = np.random.default_rng(1).normal(0, noise, phase.shape)
    return np.asarray(np.clip(128 + 80 * np.cos(phase) + sensor, 0, 255), dtype=np.uint8)


@pytest.mark.parametrize("period_px", [4.5, 6.0, 9.0, 12.0, 18.0])
@pytest.mark.parametrize("degrees", [0, 27, 90, 140])
def test_the_ridge_period_is_measured(period_px: float, degrees: float) -> None:
    measured = measure_ridges(_waves(period_px, degrees)).typical_period_px
    assert measured == pytest.approx(period_px, rel=0.03)


@pytest.mark.parametrize("degrees", [0, 3, 45, 87, 90, 93, 135, 177])
def test_ridges_are_equally_clear_in_every_direction(degrees: float) -> None:
    """Where they run along the rows, half of their peak lies in columns of the spectrum that are not computed."""
    assert measure_ridges(_waves(9, degrees, noise=0)).typical_clarity > 0.95


def test_noise_makes_ridges_less_clear() -> None:
    clarity = [measure_ridges(_waves(9, 30, noise=noise)).typical_clarity for noise in (0, 40, 80)]
    assert clarity[0] > 0.9
    assert clarity[0] > clarity[1] > clarity[2] > 0


def test_half_a_picture_of_ridges_is_half_clear() -> None:
    picture = _waves(9, 30, height=512, width=512)
    picture[:, 256:] = 255
    ridges = measure_ridges(picture)
    assert ridges.clear.mean() == pytest.approx(0.5, abs=0.08)
    assert not ridges.clear[:, -3:].any()


def test_a_picture_smaller_than_a_window_has_no_ridges() -> None:
    ridges = measure_ridges(_waves(9, 0, height=63, width=300))
    assert (ridges.clear_count, ridges.typical_clarity) == (0, 0.0)
    assert ridges.typical_period_px is None


def test_large_pictures_are_sampled_more_coarsely() -> None:
    ridges = measure_ridges(_waves(9, 30, height=256, width=5000))
    assert ridges.clear.shape[1] <= 64
    assert ridges.typical_period_px == pytest.approx(9, rel=0.03)


@pytest.mark.parametrize(
    ("period_px", "ppi"), [(9.0, 500.0), (10.2, 569.0), (18.0, 1000.0), (4.6, 250.0), (6.0, 500.0)]
)
def test_possible_resolutions_pass(period_px: float, ppi: float) -> None:
    check_resolution(measure_ridges(_waves(period_px, 30)), ppi)


@pytest.mark.parametrize(("period_px", "ppi", "true_ppi"), [(9.0, 1000.0, 500), (9.0, 250.0, 500), (18.0, 500.0, 1000)])
def test_impossible_resolutions_are_refused_with_a_likely_one(period_px: float, ppi: float, true_ppi: int) -> None:
    with pytest.raises(ResolutionError) as caught:
        check_resolution(measure_ridges(_waves(period_px, 30)), ppi)
    assert f"about {true_ppi}," in str(caught.value.remedy)


def test_without_ridges_nothing_is_said_about_resolution() -> None:
    check_resolution(measure_ridges(np.full((300, 300), 255, np.uint8)), 1000.0)


def test_size() -> None:
    check_size(1600, 1500, 500.0)
    with pytest.raises(ResolutionError, match=r"6\.4 inches"):
        check_size(1600, 1500, 250.0)


def test_resampling_scales_sides_and_keeps_places() -> None:
    picture = np.full((300, 200), 255, np.uint8)
    picture[120:130, 80:90] = 0
    half = to_template_resolution(picture, 1000.0)
    assert half.shape == (150, 100)
    assert half[60:65, 40:45].max() == 0
    twice = to_template_resolution(picture, 250.0)
    assert twice.shape == (600, 400)
    dark = np.argwhere(twice < 128).mean(axis=0)
    np.testing.assert_allclose(dark, [249.5, 169.5], atol=0.6)


def test_a_resolution_that_is_500_but_for_rounding_is_left_alone() -> None:
    picture = _waves(9, 30)
    assert to_template_resolution(picture, 500.4) is picture
    assert to_template_resolution(picture, 505.0) is not picture


def test_a_single_pixel_stays_a_picture() -> None:
    assert to_template_resolution(np.zeros((1, 1), np.uint8), 2000.0).shape == (1, 1)


@pytest.mark.parametrize(("channel", "weight"), [(0, 0.299), (1, 0.587), (2, 0.114)])
def test_grey_is_the_luma_of_red_green_and_blue(channel: int, weight: float) -> None:
    color = np.zeros((2, 2, 3), np.uint8)
    color[..., channel] = 200
    assert to_gray(color)[0, 0] == pytest.approx(weight * 200, abs=1)


def _map(clear: np.ndarray) -> RidgeMap:
    values = np.full(clear.shape, 0.5, np.float32)
    return RidgeMap(clarity=values, period_px=values * 18, clear=clear, stride_px=(32, 32))


def test_print_area_is_cut_only_where_it_saves_much() -> None:
    clear = np.zeros((30, 25), np.bool_)
    clear[10:14, 5:9] = True
    area = find_print_area(_map(clear), width=864, height=1024)
    assert (area.left, area.top, area.right, area.bottom) == (112, 272, 368, 528)
    clear[:] = True
    whole = find_print_area(_map(clear), width=864, height=1024)
    assert (whole.left, whole.top, whole.right, whole.bottom) == (0, 0, 864, 1024)
    clear[:] = False
    assert find_print_area(_map(clear), width=864, height=1024) == whole
