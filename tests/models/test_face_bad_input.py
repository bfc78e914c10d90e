"""What is no portrait, or no ordinary one: an outcome with reasons, a typed error, or the template it should be."""

from __future__ import annotations

import os
import resource
import struct
import time
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from biometrics.arrays import ColorPixels, Pixels
from biometrics.decisions import Reason
from biometrics.errors import BiometricsError, ImageFormatError, SampleError
from biometrics.extraction import Extraction
from biometrics.images import decode_image
from biometrics.positions import Position
from biometrics.samples import BiometricSample, now_utc
from models.face.extractor import FaceExtractor
from tests.models.hostile_pictures import damaged, encoded, whole_files
from tests.models.known_face import face_sample, gray, noise, portrait, scaled
from tests.simulated import impression

_THOROUGH = os.environ.get("KURA_TEST_THOROUGH") == "1"
DAMAGED_FILES = 20_000 if _THOROUGH else 400
MOST_SECONDS = 10.0
"""Processor time a file may take; the worst of them, 100 million pixels, takes a quarter of it."""

MOST_MEGABYTES = 1_500
"""What the process may grow by; the worst, 100 million pixels with transparency, takes 1.1 GB."""


def _extract(extractor: FaceExtractor, pixels: Pixels) -> Extraction:
    return extractor.extract(face_sample(np.ascontiguousarray(pixels)))


def _alike(one: Extraction, other: Extraction) -> float:
    assert one.template is not None and other.template is not None
    return float(one.template.embedding.vector @ other.template.embedding.vector)


@pytest.fixture(scope="module")
def plain(face_extractor: FaceExtractor) -> Extraction:
    return _extract(face_extractor, portrait())


def _smiley() -> ColorPixels:
    page = np.full((300, 300, 3), 255, np.uint8)
    cv2.circle(page, (150, 150), 100, (0, 0, 0), 3)
    for eye in (115, 185):
        cv2.circle(page, (eye, 120), 12, (0, 0, 0), -1)
    cv2.ellipse(page, (150, 190), (45, 25), 0, 0, 180, (0, 0, 0), 4)
    return page


def _outlines() -> Pixels:
    return np.asarray(255 - cv2.Canny(gray(portrait()), 80, 160), np.uint8)


def _pencil_drawing() -> Pixels:
    levels = gray(portrait()).astype(np.float32)
    blurred = cv2.GaussianBlur(255.0 - levels, (0, 0), 12)
    return np.asarray(np.clip(levels * 255.0 / (256.0 - blurred), 0, 255), np.uint8)


def _on_screen(pitch_px: float) -> ColorPixels:
    """Return the portrait photographed from a screen: its pixels, in red, green and blue stripes, beat with ours."""
    down, right = np.mgrid[0:600, 0:512]
    along = (right * np.cos(0.07) + down * np.sin(0.07)) / pitch_px
    across = (down * np.cos(0.07) - right * np.sin(0.07)) / pitch_px
    stripes = [0.5 + 0.5 * np.cos(2 * np.pi * (along + third / 3)) for third in range(3)]
    grid = 1 - 0.5 * np.stack(stripes, axis=2) * (0.5 + 0.5 * np.cos(2 * np.pi * across))[:, :, None]
    return np.asarray(np.clip(portrait() * grid * 1.2, 0, 255), np.uint8)


NO_FACES = {
    "noise": noise(300, 300),
    "black": np.zeros((300, 300, 3), np.uint8),
    "white": np.full((300, 300, 3), 255, np.uint8),
    "a smiley": _smiley(),
    "outlines": _outlines(),
    "a fingerprint": impression(1),
    "a collar": portrait()[440:],
    "a strip of a face": portrait()[:, 240:275],
}

TOO_SMALL = {
    "one pixel": portrait()[:1, :1],
    "one row": portrait()[:1],
    "one column": portrait()[:, :1],
    "a line of noise": noise(1, 5_000),
    "31 rows": portrait()[:31],
}


@pytest.mark.parametrize("name", NO_FACES)
def test_what_shows_no_face_is_an_outcome(face_extractor: FaceExtractor, name: str) -> None:
    found = _extract(face_extractor, NO_FACES[name])
    assert found.reasons == (Reason.NO_FACE,)
    assert found.quality.value == 0


@pytest.mark.parametrize("name", TOO_SMALL)
def test_a_picture_too_small_for_a_face_is_an_outcome(face_extractor: FaceExtractor, name: str) -> None:
    assert _extract(face_extractor, TOO_SMALL[name]).reasons == (Reason.SAMPLE_TOO_SMALL,)


@pytest.mark.parametrize("face_px", [5, 8, 12, 18])
def test_a_tiny_face_is_never_enlarged_into_a_template(face_extractor: FaceExtractor, face_px: int) -> None:
    tiny = np.pad(scaled(portrait(), face_px / 192), ((120, 120), (120, 120), (0, 0)), constant_values=128)
    assert _extract(face_extractor, tiny).reasons in ((Reason.SAMPLE_TOO_SMALL,), (Reason.NO_FACE,))


def test_many_faces_are_told(face_extractor: FaceExtractor, plain: Extraction) -> None:
    found = _extract(face_extractor, np.tile(portrait(), (2, 3, 1)))
    assert _alike(found, plain) > 0.9
    assert found.quality.components["faces"] == 6


def test_a_drawing_of_a_face_is_worse_than_the_face(face_extractor: FaceExtractor, plain: Extraction) -> None:
    found = _extract(face_extractor, _pencil_drawing())
    assert found.quality.value < plain.quality.value - 5


@pytest.mark.parametrize("pitch_px", [2.3, 3.1, 5.0])
def test_a_photo_of_a_screen_shows_the_same_person(
    face_extractor: FaceExtractor, plain: Extraction, pitch_px: float
) -> None:
    """An attack like this is for a presentation-attack model to find; without one it says that it was not evaluated."""
    found = _extract(face_extractor, _on_screen(pitch_px))
    assert _alike(found, plain) > 0.6
    assert found.quality.components["raw_norm"] < plain.quality.components["raw_norm"]
    assert found.pad.verdict.value == "not_evaluated"


@pytest.mark.parametrize("name", whole_files())
def test_every_kind_of_file_gives_the_same_person(face_extractor: FaceExtractor, plain: Extraction, name: str) -> None:
    found = _extract(face_extractor, decode_image(whole_files()[name]).pixels)
    assert _alike(found, plain) > 0.8


@pytest.mark.parametrize("orientation", range(10))
def test_a_wrong_orientation_tag_is_undone(face_extractor: FaceExtractor, plain: Extraction, orientation: int) -> None:
    """The tag says that the upright picture was turned or mirrored: obeyed, it lays the face on its side."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(Image.fromarray(portrait()), "JPEG", exif=exif, quality=95)
    assert _alike(_extract(face_extractor, decode_image(data).pixels), plain) > 0.85


def _png(width: int, height: int, extra: bytes = b"") -> bytes:
    def chunk(tag: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    bomb = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000))) if extra == b"zTXt" else b""
    return b"\x89PNG\r\n\x1a\n" + header + bomb + chunk(b"IDAT", zlib.compress(bytes(1_000))) + chunk(b"IEND", b"")


def _resized_in_header(kind: str, width: int, height: int) -> bytes:
    """Return a small file whose header declares another size."""
    data = bytearray(whole_files()[kind])
    if kind == "jpeg":
        place = data.index(b"\xff\xc0") + 5
        data[place : place + 4] = struct.pack(">HH", height, width)
    else:
        place = data.index(b"\xff\x51") + 6
        data[place : place + 24] = struct.pack(">IIIIII", width, height, 0, 0, width, height)
    return bytes(data)


HOSTILE = {
    "empty": b"",
    "no picture": b"%PDF-1.7 not a picture",
    "png of 30,000 x 30,000": _png(30_000, 30_000),
    "png of 2^31 x 1": _png(2**31 - 1, 1),
    "png of no size": _png(0, 0),
    "png text bomb": _png(8, 8, b"zTXt"),
    "jpeg of 65,500 x 65,500": _resized_in_header("jpeg", 65_500, 65_500),
    "jpeg of no size": _resized_in_header("jpeg", 0, 0),
    "j2k of 2^32 - 1": _resized_in_header("j2k tiles", 2**32 - 1, 2**32 - 1),
    "j2k of 10,000 x 10,000": _resized_in_header("j2k tiles", 10_000, 10_000),
    "animation": encoded(Image.new("L", (90, 90)), "WEBP", save_all=True, append_images=[Image.new("L", (90, 90), 9)]),
    "jpeg, half": whole_files()["jpeg"][:9_000],
    "webp, half": whole_files()["webp"][:7_000],
    "jp2, its header": whole_files()["jp2"][:200],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_little_time_and_memory(name: str) -> None:
    started, before = time.process_time(), _peak_megabytes()
    with pytest.raises(ImageFormatError) as refused:
        decode_image(HOSTILE[name], source="hostile")
    assert refused.value.remedy
    assert time.process_time() - started < MOST_SECONDS
    assert _peak_megabytes() - before < MOST_MEGABYTES


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.slow
def test_damaged_files_end_as_an_outcome_or_a_typed_error(face_extractor: FaceExtractor) -> None:
    read, before = 0, _peak_megabytes()
    for number in range(DAMAGED_FILES):
        name, data = damaged(number)
        started = time.process_time()
        try:
            pixels = decode_image(data).pixels
            read += 1
            if read % 8 == 0:
                found = _extract(face_extractor, pixels)
                assert (found.template is None) == bool(found.reasons), (number, name)
        except BiometricsError as error:
            assert error.message
        assert time.process_time() - started < MOST_SECONDS, (number, name)
    assert DAMAGED_FILES / 10 < read < DAMAGED_FILES / 2
    assert _peak_megabytes() - before < MOST_MEGABYTES


@settings(max_examples=60)
@given(data=st.data())
def test_no_pixels_end_in_anything_but_an_outcome(data: st.DataObject, face_extractor: FaceExtractor) -> None:
    """Patches of the portrait and of noise, stretched to any shape."""
    height, width = data.draw(st.integers(1, 200)), data.draw(st.integers(1, 200))
    top, left = data.draw(st.integers(0, 500)), data.draw(st.integers(0, 450))
    source = noise(600, 512) if data.draw(st.booleans()) else portrait()
    patch = source[top : top + data.draw(st.integers(1, 300)), left : left + data.draw(st.integers(1, 300))]
    pixels = np.asarray(cv2.resize(patch, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    found = _extract(face_extractor, gray(pixels) if data.draw(st.booleans()) else pixels)
    assert (found.template is None) == bool(found.reasons)
    if found.template is not None:
        assert np.isfinite(found.template.embedding.vector).all()


def test_a_finger_is_not_taken_for_a_face(face_extractor: FaceExtractor) -> None:
    finger = BiometricSample(position=Position.RIGHT_INDEX, pixels=portrait(), captured_at=now_utc(), ppi=500.0)
    with pytest.raises(SampleError, match="a face is expected"):
        face_extractor.extract(finger)
