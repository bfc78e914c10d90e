"""Quality of prints whose touch is known: what each component measures, what the value follows, what is advised."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.arrays import GrayPixels
from biometrics.positions import Position
from biometrics.quality import QualityScore
from biometrics.samples import BiometricSample, now_utc
from biometrics.templates import MinutiaSet
from devices.simulated import Touch
from models.finger.advice import PrintAdvice, advise
from models.finger.centring import measure_centring
from models.finger.extractor import FingerExtractor
from models.finger.flow import CELL_PX, measure_flow
from models.finger.quality import assess_print, count_clear_minutiae
from models.finger.ridges import measure_ridges
from models.finger.wetness import is_inverted, measure_ridge_share
from tests.simulated import impression

PLAIN = Touch(noise_levels=5.0, speckle=0.3, patches=0.15)
CELLS_PER_CM2 = (500 / 2.54 / CELL_PX) ** 2


def _loop(*, core: tuple[float, float], height: int = 400, width: int = 360, radius: float = 140.0) -> GrayPixels:
    """Return ridges 9 px apart that bend around a core (x, y) and run down, in a round contact around the middle."""
    down, right = np.mgrid[0:height, 0:width] - np.array([core[1], core[0]])[:, None, None]
    outward = np.where(down < 0, np.hypot(right, down), np.abs(right))
    waves = 128 + 80 * np.cos(2 * np.pi * outward / 9.0)
    touched = np.hypot(right + core[0] - width / 2, down + core[1] - height / 2) < radius
    return np.where(touched, waves, 230).astype(np.uint8)


def _stripes(height: int = 400, width: int = 360) -> GrayPixels:
    waves = 128 + 80 * np.cos(2 * np.pi * np.arange(height) / 9.0)
    return np.tile(waves[:, None], (1, width)).astype(np.uint8)


def _minutiae(*probabilities: int) -> MinutiaSet:
    count = len(probabilities)
    zeros = np.zeros(count, np.float32)
    return MinutiaSet(
        x=zeros,
        y=zeros,
        angle=zeros,
        kind=np.zeros(count, np.uint8),
        quality=np.array(probabilities, np.uint8),
        width=100,
        height=100,
    )


def _quality(extractor: FingerExtractor, pixels: GrayPixels) -> QualityScore:
    sample = BiometricSample(position=Position.UNKNOWN, pixels=pixels, ppi=500.0, captured_at=now_utc(), simulated=True)
    return extractor.extract(sample).quality


def test_ridges_run_across_their_direction() -> None:
    across = measure_flow(_stripes()).across
    # Horizontal ridges: across them is straight down, doubled that is half a turn.
    assert np.abs(np.angle(across[2:-2, 2:-2]) - np.pi).max() < 0.05
    turned = measure_flow(np.ascontiguousarray(_stripes().T)).across
    assert np.abs(np.angle(turned[2:-2, 2:-2])).max() < 0.05
    assert np.abs(across[2:-2, 2:-2]).min() > 0.95


def test_contact_is_where_ridges_are() -> None:
    contact = measure_flow(_loop(core=(180, 200))).contact
    # The outline lies about a cell outside the last ridge.
    assert contact.sum() / CELLS_PER_CM2 == pytest.approx(np.pi * (149 / 500 * 2.54) ** 2, rel=0.08)
    assert not contact[:3].any()
    assert contact[25, 22] and contact.shape == (50, 45)
    assert not measure_flow(np.full((300, 300), 200, np.uint8)).contact.any()


def test_noise_is_no_contact() -> None:
    random = np.random.default_rng(3)
    print_ = _loop(core=(180, 200), radius=120)
    noisy = np.clip(print_ + random.normal(0, 25, print_.shape), 0, 255).astype(np.uint8)
    contact = measure_flow(noisy).contact
    assert contact.sum() / CELLS_PER_CM2 == pytest.approx(np.pi * (126 / 500 * 2.54) ** 2, rel=0.1)
    ground = np.clip(200 + random.normal(0, 5, print_.shape), 0, 255).astype(np.uint8)
    assert not measure_flow(ground).contact.any()


def test_the_largest_piece_is_the_finger() -> None:
    picture = np.pad(_loop(core=(180, 200)), ((0, 150), (0, 0)), constant_values=230)
    picture[480:540, 20:120] = _stripes(60, 100)
    contact = measure_flow(picture).contact
    assert contact[25, 22]
    assert not contact[58:].any()


@pytest.mark.parametrize("core", [(180, 200), (120, 170), (220, 250)])
def test_the_core_is_found(core: tuple[int, int]) -> None:
    centring = measure_centring(measure_flow(_loop(core=core)))
    # Ridges bend most some 20 px above such a core, and the outline lies about a cell outside the last ridge.
    inside_px = 149 - np.hypot(core[0] - 180, core[1] - 20 - 200)
    assert centring.centre_to_edge_mm == pytest.approx(inside_px * 25.4 / 500, abs=0.5)
    assert centring.off_centre_mm < 0.3


def test_straight_ridges_have_no_middle() -> None:
    assert measure_centring(measure_flow(_stripes())).centre_to_edge_mm < 0.5
    assert measure_centring(measure_flow(np.full((99, 99), 7, np.uint8))).centre_to_edge_mm == 0.0


def test_a_print_beside_the_middle_is_off_centre() -> None:
    wide = np.pad(_loop(core=(180, 200)), ((0, 0), (200, 0)), constant_values=230)
    assert measure_centring(measure_flow(wide)).off_centre_mm == pytest.approx(100 * 25.4 / 500, abs=0.4)


def test_ink_follows_wetness() -> None:
    shares = []
    for wetness in (-0.8, -0.4, 0.0, 0.4, 0.8):
        picture = impression(71, replace(PLAIN, wetness=wetness))
        shares.append(measure_ridge_share(picture, measure_flow(picture)))
    assert shares == sorted(shares)
    assert shares[0] < 0.32 and shares[2] == pytest.approx(0.47, abs=0.04) and shares[-1] > 0.55


def test_ink_does_not_follow_contrast() -> None:
    picture = impression(71, PLAIN)
    faint = (200 + (picture.astype(np.float32) - 200) * 0.4).astype(np.uint8)
    share, same = (measure_ridge_share(one, measure_flow(one)) for one in (picture, faint))
    assert same == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize("person", [0, 1, 2])
def test_light_ridges_on_dark_ground_are_inverted(person: int) -> None:
    picture = impression(person, PLAIN)
    inverted = np.bitwise_not(picture)
    assert not is_inverted(picture, measure_flow(picture))
    assert is_inverted(inverted, measure_flow(inverted))


def test_without_ground_nothing_is_called_inverted() -> None:
    for picture in (_stripes(), np.bitwise_not(_stripes()), np.zeros((300, 300), np.uint8)):
        assert not is_inverted(picture, measure_flow(picture))


def test_doubtful_minutiae_count_in_part() -> None:
    assert count_clear_minutiae(_minutiae()) == 0.0
    assert count_clear_minutiae(_minutiae(40, 45)) == 0.0
    assert count_clear_minutiae(_minutiae(90, 100)) == 2.0
    assert count_clear_minutiae(_minutiae(68, 45)) == pytest.approx(0.5, abs=0.02)


@given(st.lists(st.integers(45, 100), max_size=80), st.integers(45, 100))
def test_another_minutia_never_lowers_quality(probabilities: list[int], another: int) -> None:
    blank = np.full((96, 96), 255, np.uint8)
    ridges, flow = measure_ridges(blank), measure_flow(blank)
    fewer, more = (
        assess_print(blank, ridges, flow, _minutiae(*each)).value for each in (probabilities, [*probabilities, another])
    )
    assert 0 <= fewer <= more <= 100


def test_quality_falls_with_whatever_makes_a_print_poor(finger_extractor: FingerExtractor) -> None:
    best = _quality(finger_extractor, impression(0, PLAIN))
    assert best.value >= 85
    for series in (
        [replace(PLAIN, noise_levels=90.0), replace(PLAIN, noise_levels=150.0)],
        [replace(PLAIN, area=0.3), replace(PLAIN, area=0.1)],
        [replace(PLAIN, speckle=1.4), replace(PLAIN, speckle=2.2)],
        [replace(PLAIN, wetness=-1.0), replace(PLAIN, wetness=-1.3)],
        [replace(PLAIN, wetness=1.2), replace(PLAIN, wetness=1.6)],
    ):
        poor, poorer = (_quality(finger_extractor, impression(0, touch)).value for touch in series)
        assert best.value > poor > poorer


def test_components_are_named_and_measured(finger_extractor: FingerExtractor) -> None:
    measured = _quality(finger_extractor, impression(0, PLAIN)).components
    assert set(measured) == {
        "minutiae",
        "clear_minutiae",
        "contact_area_cm2",
        "print_area_cm2",
        "ridge_clarity",
        "ridge_period_px",
        "ridge_share",
        "off_centre_mm",
        "centre_to_edge_mm",
    }
    assert measured["clear_minutiae"] < measured["minutiae"]
    assert measured["ridge_period_px"] == pytest.approx(9, abs=1)
    assert measured["contact_area_cm2"] == pytest.approx(2.4, rel=0.2)
    assert measured["centre_to_edge_mm"] > 3.0


def test_print_area_is_measured_in_square_centimetres() -> None:
    picture = _stripes(532, 532)
    measured = assess_print(picture, measure_ridges(picture), measure_flow(picture)).components
    assert measured["print_area_cm2"] == pytest.approx(2.5**2, rel=0.15)
    assert measured["contact_area_cm2"] == pytest.approx(2.7**2, rel=0.05)


def _measured(parts: dict[str, float], value: int = 30) -> QualityScore:
    usual = {"contact_area_cm2": 2.0, "ridge_share": 0.45, "centre_to_edge_mm": 4.0}
    return QualityScore(value=value, algorithm="kura-print/2", components=usual | parts)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"contact_area_cm2": 0.6}, (PrintAdvice.SHOW_MORE,)),
        ({"ridge_share": 0.25}, (PrintAdvice.MOISTEN,)),
        ({"ridge_share": 0.65}, (PrintAdvice.DRY,)),
        ({"centre_to_edge_mm": 0.0}, (PrintAdvice.CENTRE,)),
        ({"ridge_share": 0.2, "contact_area_cm2": 0.5}, (PrintAdvice.SHOW_MORE, PrintAdvice.MOISTEN)),
        ({}, (PrintAdvice.CLEAN,)),
    ],
)
def test_advice_names_what_is_wrong(parts: dict[str, float], expected: tuple[PrintAdvice, ...]) -> None:
    assert advise(_measured(parts)) == expected
    assert advise(_measured(parts, value=75)) == ()


def test_every_advice_says_what_to_do() -> None:
    texts = [advice.text for advice in PrintAdvice]
    assert len(set(texts)) == len(texts) and all(";" in text for text in texts)
