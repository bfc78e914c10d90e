"""From biometric data to pictures: nothing is lost, nothing is believed that the bytes contradict."""

from __future__ import annotations

import base64
import hashlib
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from api.osia.exceptions import stated_exceptions
from api.osia.image_facts import image_bytes
from api.osia.models import BiometricData
from api.osia.pictures import ReceivedPictures, received_pictures, require_pictures
from biometrics.errors import BiometricsError, PersonDataError, SampleError
from biometrics.image_writing import encode_png
from biometrics.interchange import wsq
from biometrics.people.exceptions import ExceptionReason, Presence
from biometrics.positions import FINGERS, Modality, Position
from tests.simulated import impression

_PIXELS = impression(1)
_PNG = encode_png(_PIXELS, 500.0)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _finger(data: bytes = _PNG, **more: Any) -> dict[str, Any]:
    return {"biometricType": "FINGER", "biometricSubType": "RIGHT_INDEX", "image": _text(data)} | more


def _received(*sent: dict[str, Any]) -> ReceivedPictures:
    return received_pictures([BiometricData.model_validate(one) for one in sent])


def _saved(kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(_PIXELS).save(file, kind, dpi=(500, 500))
    return file.getvalue()


def test_a_finger_keeps_its_bytes_position_and_resolution() -> None:
    found = _received(_finger(resolution=500))

    (image,) = found.images
    assert (image.data, image.position, image.ppi) == (_PNG, Position.RIGHT_INDEX, 500.0)
    assert image.origin == "biometricData[0]"
    assert found.digests == {0: hashlib.sha256(_PNG).hexdigest()}


def test_a_face_is_one_by_its_type() -> None:
    (image,) = _received({"biometricType": "FACE", "image": _text(_PNG)}).images

    assert (image.modality, image.position) == (Modality.FACE, Position.FACE)


@pytest.mark.parametrize("subtype", [None, "UNKNOWN"])
def test_a_finger_that_nobody_named_is_unknown(subtype: str | None) -> None:
    sent = {"biometricType": "FINGER", "image": _text(_PNG)} | ({"biometricSubType": subtype} if subtype else {})

    assert _received(sent).images[0].position is Position.UNKNOWN


@given(st.binary(min_size=1, max_size=200))
def test_base64_of_both_alphabets_padded_or_not_gives_the_same_bytes(data: bytes) -> None:
    standard, url_safe = _text(data), base64.urlsafe_b64encode(data).decode()

    for text in (standard, url_safe, standard.rstrip("="), url_safe.rstrip("=")):
        assert image_bytes(text) == data


@pytest.mark.parametrize(
    "text", ["", "A", "AA=", "AAA==", "+-AA", "AA AA", "AAAA\n", "AA!A", "data:image/png;base64,AA=="]
)
def test_what_is_not_base64_is_refused_not_mended(text: str) -> None:
    with pytest.raises(SampleError):
        image_bytes(text)


@pytest.mark.parametrize(
    ("data", "declared"),
    [
        (_PNG, {"mimeType": "image/png", "compression": "PNG", "width": 336, "height": 400, "bitdepth": 8}),
        (_saved("JPEG"), {"mimeType": "image/jpeg", "compression": "JPEG", "resolution": 500}),
        (_saved("JPEG2000"), {"mimeType": "image/jp2", "compression": "JPEG2000", "resolution": 500}),
        (_saved("BMP"), {"mimeType": "image/bmp", "compression": "NONE"}),
        (
            wsq.encode_wsq(_PIXELS, 500.0),
            {"mimeType": "image/x-wsq", "compression": "WSQ", "width": 336, "height": 400},
        ),
        (_PNG, {"mimeType": "application/octet-stream", "resolution": 502}),
    ],
)
def test_what_is_declared_and_true_is_taken(data: bytes, declared: dict[str, Any]) -> None:
    assert _received(_finger(data, **declared)).images[0].data == data


@pytest.mark.parametrize(
    ("declared", "named"),
    [
        ({"mimeType": "image/jpeg"}, "mimeType"),
        ({"mimeType": "image/unheard-of"}, "mimeType"),
        ({"compression": "WSQ"}, "compression"),
        ({"compression": "NONE"}, "compression"),
        ({"width": 335}, "width"),
        ({"height": 336}, "height"),
        ({"bitdepth": 16}, "bitdepth"),
        ({"resolution": 1000}, "resolution"),
    ],
)
def test_what_is_declared_and_not_true_is_refused_by_its_name(declared: dict[str, Any], named: str) -> None:
    with pytest.raises(SampleError, match=named) as raised:
        _received(_finger(), _finger(**declared))

    assert raised.value.source == "biometricData[1]"


def test_a_screen_s_resolution_says_nothing_of_the_scanner() -> None:
    (image,) = _received(_finger(encode_png(_PIXELS, 72.0), resolution=500)).images

    assert image.ppi == 500.0


@pytest.mark.parametrize(
    "sent",
    [
        _finger(b"no image at all"),
        _finger(_PNG[:200]) | {"image": "AAAA"},
        _finger(encryption={"type": "JWE", "scope": "$"}),
        _finger(integrity=[{"scope": "$", "alg": "SHA256", "hash": "00"}]),
        _finger(imageRef="http://a.example/1"),
        _finger(templateRef="http://a.example/1"),
        {"biometricType": "FINGER", "template": "AAAA"},
        {"biometricType": "FINGER"},
        _finger(biometricSubType="PORTRAIT"),
        _finger(biometricSubType="EYE_LEFT"),
        _finger(biometricSubType="RIGHT_INDEX_AND_MIDDLE"),
        {"biometricType": "FACE", "biometricSubType": "RIGHT_INDEX", "image": _text(_PNG)},
        {"biometricType": "IRIS", "encryption": {"type": "JWE", "scope": "$"}},
    ],
)
def test_what_cannot_be_held_is_refused_with_a_remedy(sent: dict[str, Any]) -> None:
    with pytest.raises(SampleError) as raised:
        _received(sent)

    assert raised.value.source == "biometricData[0]"
    assert raised.value.remedy


def test_what_is_not_compared_is_passed_over_and_does_not_suffice() -> None:
    kept = _received(
        {"biometricType": "IRIS", "biometricSubType": "EYE_LEFT", "image": "?"},
        {"biometricType": "FACE", "biometricSubType": "LEFT_PROFILE", "image": "?"},
        _finger(biometricSubType="RIGHT_FULL_PALM"),
    )

    assert kept == ReceivedPictures(images=(), digests={})
    with pytest.raises(SampleError):
        require_pictures(kept)


def test_a_slap_in_which_no_finger_is_found_is_refused() -> None:
    blank = encode_png(np.full((800, 1000), 255, dtype=np.uint8), 500.0)

    with pytest.raises(SampleError, match="no finger was found"):
        _received(_finger(blank, biometricSubType="PLAIN_RIGHT_FOUR_FINGERS"))


def test_two_thumbs_become_two_pictures() -> None:
    pair = np.full((400, 336 * 2 + 100), 255, dtype=np.uint8)
    pair[:, :336], pair[:, -336:] = impression(1), impression(2)

    found = _received(_finger(encode_png(pair, 500.0, simulated=True), biometricSubType="PLAIN_THUMBS"))

    assert [image.position for image in found.images] == [Position.LEFT_THUMB, Position.RIGHT_THUMB]
    assert found.digests == {}


def _exceptions(*sent: dict[str, Any], captured: tuple[Position, ...] = ()) -> dict[ExceptionReason, Any]:
    elements = [BiometricData.model_validate(one) for one in sent]
    found = stated_exceptions(elements, captured, client="visa-desk")
    return {one.reason: one for one in found}


def test_what_is_missing_becomes_an_exception_by_its_reason() -> None:
    found = _exceptions(
        {
            "biometricType": "FINGER",
            "missing": [
                {"biometricSubType": "LEFT_INDEX", "presence": "AMPUTATED"},
                {"biometricSubType": "LEFT_LITTLE", "presence": "AMPUTATED"},
                {"biometricSubType": "PLAIN_THUMBS", "presence": "BANDAGED"},
                {"biometricSubType": "PORTRAIT"},
                {"biometricSubType": "LEFT_FULL_PALM", "presence": "DAMAGED"},
            ],
        },
        {"biometricType": "FINGER", "biometricSubType": "RIGHT_RING", "missing": [{"presence": "DAMAGED"}]},
    )

    amputated = found[ExceptionReason.AMPUTATED]
    assert set(amputated.positions) == {Position.LEFT_INDEX, Position.LEFT_LITTLE}
    assert (amputated.presence, amputated.approver) == (Presence.PERMANENT, "visa-desk (stated through OSIA)")
    assert set(found[ExceptionReason.BANDAGED].positions) == {Position.LEFT_THUMB, Position.RIGHT_THUMB}
    assert found[ExceptionReason.OTHER].positions == (Position.FACE,)
    assert found[ExceptionReason.WORN].positions == (Position.RIGHT_RING,)


def test_what_was_captured_is_not_missing() -> None:
    assert not _exceptions(
        _finger(missing=[{"biometricSubType": "RIGHT_INDEX", "presence": "DAMAGED"}]), captured=(Position.RIGHT_INDEX,)
    )


def test_two_statements_about_one_finger_are_refused() -> None:
    missing = [{"biometricSubType": "LEFT_RING", "presence": word} for word in ("AMPUTATED", "BANDAGED")]

    with pytest.raises(SampleError):
        _exceptions({"biometricType": "FINGER", "missing": missing})


@given(st.lists(st.sampled_from([finger.name for finger in FINGERS]), unique=True))
def test_every_finger_that_is_missing_is_excepted_once(names: list[str]) -> None:
    found = _exceptions({"biometricType": "FINGER", "missing": [{"biometricSubType": name} for name in names]})

    stated = [position.name for one in found.values() for position in one.positions]
    assert sorted(stated) == sorted(names)


@given(st.binary(max_size=300))
def test_no_bytes_end_in_anything_but_an_error_of_ours(data: bytes) -> None:
    try:
        _received(_finger(data))
    except BiometricsError as error:
        assert not isinstance(error, PersonDataError)
