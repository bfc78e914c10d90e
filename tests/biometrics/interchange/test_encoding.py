"""What is written in any fingerprint format is read back, with its resolution and its mark."""

from __future__ import annotations

import numpy as np
import pytest

from biometrics.images import decode_image
from biometrics.interchange.encoding import encode_finger
from biometrics.interchange.finger_image_record import Compression
from tests.biometrics.interchange.pictures import ridges

PICTURE = ridges()
ENCODED = [one for one in Compression if one not in (Compression.RAW, Compression.RAW_PACKED)]
LOSSLESS = (Compression.PNG, Compression.JPEG2000_LOSSLESS)


@pytest.mark.parametrize("simulated", [False, True])
@pytest.mark.parametrize("compression", ENCODED)
def test_pictures_come_back_with_their_mark(compression: Compression, simulated: bool) -> None:
    data = encode_finger(PICTURE, compression, 500.0, simulated=simulated)
    image = decode_image(data)
    assert image.pixels.shape == PICTURE.shape
    assert image.simulated is simulated
    error = np.abs(image.pixels.astype(int) - PICTURE)
    assert error.max() == 0 if compression in LOSSLESS else 0 < error.mean() < 12
    assert (b"shows no person's finger" in data) is simulated


@pytest.mark.parametrize("compression", [Compression.RAW, Compression.RAW_PACKED])
def test_raw_pixels_are_nothing_but_pixels(compression: Compression) -> None:
    assert encode_finger(PICTURE, compression, 500.0) == PICTURE.tobytes()


@pytest.mark.parametrize("ppi", [None, 127.3, 500.0, 655.4, 1000.0, 6000.0])
@pytest.mark.parametrize("compression", [*LOSSLESS, Compression.JPEG2000_LOSSY])
def test_resolutions_are_kept(compression: Compression, ppi: float | None) -> None:
    assert decode_image(encode_finger(PICTURE, compression, ppi)).ppi == ppi


def test_lossy_formats_are_as_small_as_they_say() -> None:
    sizes = {one: len(encode_finger(PICTURE, one, 500.0)) for one in ENCODED}
    assert sizes[Compression.JPEG2000_LOSSY] == pytest.approx(PICTURE.size / 10, rel=0.1)
    assert sizes[Compression.WSQ] < PICTURE.size / 5
    assert sizes[Compression.WSQ] < sizes[Compression.JPEG] < sizes[Compression.PNG]
