"""Simulated prints and a portrait, extracted by the models: the same person is found, another is not."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from biometrics.image_writing import encode_jpeg, encode_png
from biometrics.interchange import minutiae_reading, wsq
from biometrics.positions import Position
from tests.api.http.fixtures import InProcess, real_extractors
from tests.api.osia.abis.conftest import PREFIX, asking, encounter, text_of
from tests.simulated import impression, portrait


def _print(data: bytes, **more: Any) -> dict[str, Any]:
    return {"biometricType": "FINGER", "biometricSubType": "RIGHT_INDEX", "image": text_of(data)} | more


def _png(person: int, touch: int) -> bytes:
    return encode_png(impression(person, touch), 500.0, simulated=True)


def _portrait() -> dict[str, Any]:
    data = encode_jpeg(Image.fromarray(portrait()), quality=90)
    return {"biometricType": "FACE", "image": text_of(data), "mimeType": "image/jpeg", "compression": "JPEG"}


def test_prints_in_several_formats_meet_each_other(tmp_path: Path) -> None:
    with InProcess(tmp_path / "home", extractors=real_extractors(), parts=[PREFIX]) as served:
        client = asking(served)
        first = client.post("/v1/persons/P1/encounters/E1", json=encounter(_print(_png(1, 0), resolution=500)))
        assert first.json()["others"] == {"outcome": "unique"}, first.text
        packed = wsq.encode_wsq(impression(1, 1), 500.0, comments=[b"kura-simulated: true"])

        second = client.post("/v1/persons/P2/encounters/E1", json=encounter(_print(_png(1, 1), compression="PNG")))
        other = client.post("/v1/persons/P3/encounters/E1", json=encounter(_print(_png(2, 0))))
        found = client.post(
            "/v1/identify/citizens", json={"filter": {}, "biometricData": [_print(packed, compression="WSQ")]}
        ).json()
        (template,) = client.get("/v1/persons/P1/encounters/E1/templates").json()
        record = minutiae_reading.read_minutiae_record(base64.b64decode(template["template"]))

    assert second.json()["others"]["outcome"] == "duplicate"
    assert other.json()["others"]["outcome"] == "unique"
    assert "P1" in [one["personId"] for one in found] and "P3" not in [one["personId"] for one in found]
    assert record.simulated and record.views[0].position is Position.RIGHT_INDEX


def test_a_face_is_verified_against_itself_and_nothing_is_no_face(tmp_path: Path) -> None:
    with InProcess(tmp_path / "home", extractors=real_extractors(), parts=[PREFIX]) as served:
        client = asking(served)
        client.post("/v1/persons/P1/encounters/E1", json=encounter(_portrait())).raise_for_status()

        same = client.post("/v1/verify/citizens/P1", json={"biometricData": [_portrait()]})
        empty = io.BytesIO()
        Image.fromarray(np.full((600, 512, 3), (90, 120, 200), dtype=np.uint8)).save(empty, "PNG")
        nobody = {"biometricType": "FACE", "image": text_of(empty.getvalue())}
        none = client.post("/v1/verify/citizens/P1", json={"biometricData": [nobody]})

    assert same.json()["decision"] is True
    assert none.status_code == 403 and "face" in none.json()["message"]
