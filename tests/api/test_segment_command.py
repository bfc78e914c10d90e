"""`kura segment` on composed slaps: pictures, words and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from api.command_line import BAD_INPUT, DONE, MISUSE
from biometrics.image_writing import write_png
from biometrics.images import read_image
from biometrics.positions import Position
from tests.api.conftest import Run
from tests.models.composed_slap import RIGHT_FOUR, compose_slap


@pytest.fixture(scope="module")
def slap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A right hand's slap, simulated, 500 ppi, without its ring finger."""
    path = tmp_path_factory.mktemp("slap") / "hand.png"
    composed = compose_slap(RIGHT_FOUR, person=3, seed=2, missing=(Position.RIGHT_RING,))
    write_png(path, composed.pixels, 500.0, simulated=True)
    return path


def test_fingers_are_written_with_their_names(kura: Run, slap: Path, tmp_path: Path) -> None:
    out = tmp_path / "fingers"
    code, text, _ = kura("segment", slap, "--slap", "right", "--missing", "right_ring", "--out", out)
    assert code == DONE
    assert "3 of 3 fingers" in text and "simulated" in text
    assert sorted(path.name for path in out.iterdir()) == [
        "hand.right_index.png",
        "hand.right_little.png",
        "hand.right_middle.png",
    ]
    image = read_image(out / "hand.right_index.png")
    assert image.ppi == pytest.approx(500, abs=0.1)
    assert image.simulated
    assert 300 < image.pixels.shape[1] < image.pixels.shape[0] < 600


def test_an_unstated_missing_finger_is_said_and_nobody_is_named(kura: Run, slap: Path, tmp_path: Path) -> None:
    code, text, _ = kura("segment", slap, "--slap", "right", "--out", tmp_path)
    assert code == BAD_INPUT
    assert "3 of 4 fingers were found" in text
    assert sorted(path.name for path in tmp_path.glob("hand.*")) == [f"hand.finger_{i}.png" for i in (1, 2, 3)]


def test_a_file_name_does_not_steer_the_terminal(kura: Run, slap: Path, tmp_path: Path) -> None:
    source = tmp_path / "h\x1b[2Jand.png"
    source.write_bytes(slap.read_bytes())
    code, text, _ = kura("segment", source, "--slap", "right", "--missing", "right_ring", "--out", tmp_path)
    assert code == DONE
    assert "h\\x1b[2Jand.right_index.png" in text
    assert "\x1b" not in text


def test_json(kura: Run, slap: Path, tmp_path: Path) -> None:
    # Finger 4 is the ring finger.
    code, text, _ = kura("segment", slap, "--slap", "right", "--missing", "4", "--out", tmp_path, "--json")
    assert code == DONE
    document = json.loads(text)
    assert (document["slap"], document["iso_code"], document["complete"]) == ("right", 13, True)
    assert document["expected"] == [finger["position"] for finger in document["fingers"]]
    assert [finger["iso_code"] for finger in document["fingers"]] == [2, 3, 5]
    assert all(Path(finger["picture"]).is_file() for finger in document["fingers"])
    assert set(document["fingers"][0]["box"]) == {"x", "y", "width", "height", "angle_deg"}
    assert document["simulated"] is True


def test_what_cannot_be_used_is_said(kura: Run, tmp_path: Path) -> None:
    path = tmp_path / "untagged.png"
    write_png(path, np.full((300, 300), 255, np.uint8), simulated=True)
    code, _, error = kura("segment", path, "--slap", "left")
    assert code == BAD_INPUT and "untagged.png" in error and "resolution" in error
    code, text, _ = kura("segment", path, "--slap", "left", "--ppi", 500)
    assert code == BAD_INPUT and "no finger was found" in text and "simulated" in text
    code, _, error = kura("segment", path, "--slap", "left", "--ppi", 500, "--missing", "right_index")
    assert code == BAD_INPUT and "no finger of this slap" in error
    code, _, error = kura("segment", path, "--slap", "left", "--missing", "toe")
    assert code == MISUSE and "toe" in error
    assert kura("segment", path)[0] == MISUSE
