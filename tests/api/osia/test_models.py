"""What OSIA's interfaces take as biometric data, and what they do not."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from api.osia.formats import Address, Base64, GalleryList, Int64, Moment
from api.osia.models import BiometricData, BiometricDataBase, Integrity

FINGER: dict[str, Any] = {"biometricType": "FINGER"}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"biometricSubType": "RIGHT_INDEX", "image": "AA==", "width": 400.0, "compression": "WSQ"},
        {"missing": [{"biometricSubType": "LEFT_LITTLE", "presence": "AMPUTATED"}, {}]},
        {"quality": 2**63 - 1, "captureDate": "2019-05-21T12:00:00+01:00", "imageRef": "http://a.example/i?id=3"},
        {"integrity": [{"scope": "$", "alg": "SHA256", "hash": "00"}], "encryption": {"type": "JWE", "scope": "$"}},
    ],
)
def test_what_is_described_is_taken_and_given_back_as_it_came(more: dict[str, Any]) -> None:
    sent = FINGER | more

    assert BiometricData.model_validate(sent).as_sent() == sent


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"biometricType": "finger"},
        {"biometricType": None},
        {"biometric_type": "FINGER"},
        FINGER | {"image": None},
        FINGER | {"width": 400.5},
        FINGER | {"width": "400"},
        FINGER | {"width": True},
        FINGER | {"quality": 2**63},
        FINGER | {"captureDate": "2019-05-21"},
        FINGER | {"imageRef": "not an address"},
        FINGER | {"missing": {}},
        FINGER | {"missing": [{"presence": "GONE"}]},
        FINGER | {"compression": "GIF"},
        FINGER | {"colour": "red"},
        FINGER | {"encryption": {"type": "JWE"}},
    ],
)
def test_what_is_not_described_is_refused(sent: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        BiometricData.model_validate(sent)


def test_only_biometrics_name_their_encounter() -> None:
    assert BiometricData.model_validate(FINGER | {"encounterId": "e"}).encounter_id == "e"
    with pytest.raises(ValidationError):
        BiometricDataBase.model_validate(FINGER | {"encounterId": "e"})


def test_defaults_are_those_of_the_description() -> None:
    block = Integrity.model_validate({"scope": "$", "alg": "SHA256", "hash": "00"})

    assert (block.type, block.encrypted, block.follow_ref) == ("NONE", False, False)


def test_the_schema_allows_no_null() -> None:
    described = BiometricData.model_json_schema()["properties"]

    assert described["width"]["type"] == "integer"
    assert described["imageRef"]["format"] == "uri"
    assert "anyOf" not in described["image"] and "default" not in described["image"]


GOOD: dict[Any, list[Any]] = {
    Moment: ["1985-04-12T23:20:50.52Z", "0000-02-29t00:00:00z", "1990-12-31T23:59:60-08:00", "2024-02-29T00:00:00Z"],
    Address: ["http://a", "urn:isbn:1", "https://u@h:8/p/%20?q#f", "http://[::1]:80/"],
    Base64: ["", "AA==", "+/+/"],
    Int64: [0, -(2**63), 1.0],
    GalleryList: [["a"], ["a", "b"]],
}
BAD: dict[Any, list[Any]] = {
    Moment: ["2023-02-29T00:00:00Z", "2023-01-01T24:00:00Z", "2023-01-01T00:00:00", "2023-1-1T00:00:00Z", "", 5],
    Address: ["", "a b:c", "/only/a/path", "http://h:99999/", "http://h/ü", "http://h/%2", "http://[h/", "a:b#c#d"],
    Base64: ["AA=", "A", "-_-_", "AA== ", "AA\n=="],
    Int64: [2**63, 0.5, "1", True, None],
    GalleryList: [[], ["a", "a"], [1], "a", None],
}


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in GOOD.items() for value in values])
def test_formats_are_taken(kind: Any, value: Any) -> None:
    assert TypeAdapter(kind).validate_python(value) == value


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in BAD.items() for value in values])
def test_what_has_another_format_is_refused(kind: Any, value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)
