"""Pictures of prints in the documentation are simulated, say so, and stay small."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.simulator_pictures import FOLDER, draw_pictures
from biometrics.images import decode_image, read_image

MOST_BYTES = 300_000


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_every_committed_picture_carries_the_mark(path: Path) -> None:
    assert read_image(path).simulated
    assert path.stat().st_size < MOST_BYTES


def test_the_pictures_are_drawn_under_the_names_that_are_committed() -> None:
    drawn = draw_pictures()
    assert set(drawn) == {path.name for path in FOLDER.iterdir()}
    for data in drawn.values():
        image = decode_image(data)
        headline = image.pixels[:26]
        assert (image.simulated, len(data) < MOST_BYTES) == (True, True)
        assert 0.002 < np.mean(headline < 128) < 0.2  # something is written there, and it is no print
