"""A commercial extractor's ISO/IEC 19794-2 records of real prints: read whole, written back, and matched."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from biometrics.images import read_image
from biometrics.interchange.minutiae_reading import read_minutiae_record
from biometrics.interchange.minutiae_record import MinutiaeRecord, MinutiaeStandard
from biometrics.interchange.minutiae_writing import write_minutiae_record
from biometrics.interchange.wsq import decode_wsq, encode_wsq
from biometrics.positions import Position
from biometrics.samples import BiometricSample, now_utc
from biometrics.templates import MinutiaSet
from matching.minutiae import compare, prepare
from models.finger.extractor import FingerExtractor
from models.store import ModelStore
from tests.shared_data import DATA, needs_fingerprints

pytestmark = [pytest.mark.data, needs_fingerprints]

COUNTS = {"101_1": 25, "101_2": 16, "102_1": 45, "103_1": 35}
PRINTS = DATA / "fingerprints" / "fvc2002_DB1_B"

# The extractor was given the prints of 388 x 374 pixels stretched to 300 x 400. These are the resolutions, in pixels
# per centimetre, that the stretched pictures had.
STRETCHED = (152, 211)


def data_of(name: str) -> bytes:
    return (DATA / "fingerprints" / "iso19794-2" / f"{name}.iso").read_bytes()


def record_of(name: str) -> MinutiaeRecord:
    return read_minutiae_record(data_of(name))


def score(first: MinutiaSet, second: MinutiaSet) -> float:
    return compare(prepare(first), prepare(second))


@pytest.mark.parametrize("name", COUNTS)
def test_all_minutiae_are_read_and_written_back_byte_for_byte(name: str) -> None:
    record = record_of(name)
    (view,) = record.views
    assert (record.standard, record.notes) == (MinutiaeStandard.ISO_2005, ())
    assert (view.position, view.quality, len(view.minutiae)) == (Position.UNKNOWN, None, COUNTS[name])
    assert (view.minutiae.width, view.minutiae.height) == (300, 400)
    assert write_minutiae_record(record) == data_of(name)


def test_prints_of_one_finger_match_and_no_others() -> None:
    prints = {name: record_of(name).views[0].minutiae for name in COUNTS}
    for first, second in itertools.combinations(COUNTS, 2):
        found = score(prints[first], prints[second])
        assert found > 8 if (first, second) == ("101_1", "101_2") else found < 1


@pytest.mark.parametrize("standard", MinutiaeStandard)
def test_other_standards_keep_what_matters(standard: MinutiaeStandard) -> None:
    first, second = record_of("101_1"), record_of("101_2")
    converted = read_minutiae_record(write_minutiae_record(dataclasses.replace(first, standard=standard)))
    before = score(first.views[0].minutiae, second.views[0].minutiae)
    assert score(converted.views[0].minutiae, second.views[0].minutiae) == pytest.approx(before, abs=0.3)


def test_records_match_what_kura_extracts_from_the_same_prints() -> None:
    extractor = FingerExtractor.load(ModelStore())
    ours, theirs = {}, {}
    for name in COUNTS:
        pixels = read_image(PRINTS / f"{name}.png").pixels
        sample = BiometricSample(position=Position.UNKNOWN, pixels=pixels, ppi=500.0, captured_at=now_utc())
        template = extractor.extract(sample).template
        assert template is not None
        ours[name] = template.minutiae
        data = bytearray(data_of(name))
        data[18:20], data[20:22] = (resolution.to_bytes(2, "big") for resolution in STRETCHED)
        theirs[name] = read_minutiae_record(bytes(data)).views[0].minutiae
        assert (theirs[name].width, theirs[name].height) == pytest.approx((388, 374), abs=1)
    for first, second in itertools.product(COUNTS, repeat=2):
        found = score(theirs[first], ours[second])
        assert found > 4 if first[:3] == second[:3] else found < 1


def test_real_prints_survive_wsq() -> None:
    extractor = FingerExtractor.load(ModelStore())
    found = []
    for name in ("101_1", "102_1"):
        pixels = read_image(PRINTS / f"{name}.png").pixels
        for picture in (pixels, decode_wsq(encode_wsq(pixels, 500)).pixels):
            sample = BiometricSample(position=Position.UNKNOWN, pixels=picture, ppi=500.0, captured_at=now_utc())
            template = extractor.extract(sample).template
            assert template is not None
            found.append(template.minutiae)
    assert score(found[0], found[1]) > 0.7 * len(found[0])
    assert score(found[2], found[3]) > 0.7 * len(found[2])
