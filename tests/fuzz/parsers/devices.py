"""What capture devices send: answers to captures, states, signatures, JSON."""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from biometrics.errors import CaptureError, DeviceProtocolError, DeviceTrustError
from biometrics.positions import Position
from devices.choices import DEFAULT_CHOICES
from devices.sbi.answer import check_answer, reported_failure
from devices.sbi.identity import discovered, proved
from devices.sbi.json_text import read_json
from devices.sbi.jws import unverified_payload, verify
from devices.sbi.places import place_of
from devices.sbi.records import read_picture, record_bytes
from devices.sbi.words import read_time
from tests.devices.sbi.making import (
    ANCHORS,
    CHIP,
    DEVICE,
    DIGITAL_ID,
    INDEX,
    MIDDLE,
    NOW,
    PROVIDER,
    SOURCE,
    answer_of,
    checking,
    encoded,
    next_hash,
    signed,
    url64,
)
from tests.fuzz.target import Target

_BY = checking()
_WORDS = (b'"biometrics":', b'"errorCode":"0"', b".", b"=", b"eyJhbGciOiJub25lIn0", b"[" * 2000, b"\\ud800")
_STATE: dict[str, Any] = {
    "deviceStatus": "Ready",
    "deviceId": "1",
    "firmware": "1",
    "certification": "L1",
    "serviceVersion": "0.9.5",
    "deviceSubId": ["1", 2],
    "callbackId": "http://127.0.0.1:4501/",
    "deviceCode": "SERIAL000001",
    "env": "Developer",
    "purpose": "Registration",
    "specVersion": ["0.9.5"],
}


def targets() -> tuple[Target, ...]:
    """Return the targets of this module."""
    refused = (CaptureError,)
    return (
        Target(name="sbi-answer", seeds=_answers, parse=_read_answer, refused=refused, words=_WORDS, is_json=True),
        Target(name="sbi-signed", seeds=_payloads, parse=_read_payload, refused=refused, words=_WORDS, is_json=True),
        Target(name="sbi-failure", seeds=_failures, parse=_read_failure, refused=refused, words=_WORDS, is_json=True),
        Target(name="sbi-discovery", seeds=_discoveries, parse=_read_discovery, refused=refused, is_json=True),
        Target(name="sbi-state", seeds=_states, parse=_read_state, refused=refused, is_json=True),
        Target(name="sbi-header", seeds=_tokens, parse=_read_token, refused=refused, words=_WORDS),
        Target(name="sbi-certificate", seeds=_certificates, parse=_read_certificate, refused=refused),
        Target(name="sbi-record", seeds=lambda: (INDEX.data,), parse=_read_record, refused=refused),
        Target(name="sbi-words", seeds=_texts, parse=_read_text, refused=(DeviceProtocolError, ValueError)),
    )


def _answers() -> tuple[bytes, ...]:
    return encoded(answer_of([INDEX, MIDDLE])), encoded(answer_of([INDEX]))


def _read_answer(data: bytes) -> None:
    check_answer(data, _BY)


def _payloads() -> tuple[bytes, ...]:
    return (encoded(INDEX.payload()),)


def _read_payload(data: bytes) -> None:
    """Whatever a device signs, with a signature and a hash that fit."""
    head, _, _ = signed({}, DEVICE, PROVIDER).split(".")
    text = f"{head}.{url64(data)}"
    token = f"{text}.{url64(_ed25519(text))}"
    part = {"specVersion": "0.9.5", "data": token, "hash": next_hash(_BY.asked.previous, INDEX.data)}
    check_answer(encoded({"biometrics": [part]}), _BY)


def _ed25519(text: str) -> bytes:
    assert isinstance(DEVICE.key, Ed25519PrivateKey)
    return DEVICE.key.sign(text.encode())


def _failures() -> tuple[bytes, ...]:
    error = {"errorCode": "101", "errorInfo": "nothing"}
    none = {"errorCode": 0, "errorInfo": "Success"}
    return encoded([{"error": none}]), encoded({"biometrics": [{"error": error}]}), encoded(error)


def _read_failure(data: bytes) -> None:
    failure = reported_failure(data, SOURCE)
    if failure is not None:
        raise failure


def _discoveries() -> tuple[bytes, ...]:
    return (encoded([{**_STATE, "digitalId": url64(encoded(DIGITAL_ID))}]),)


def _read_discovery(data: bytes) -> None:
    discovered(read_json(data, SOURCE), SOURCE)


def _states() -> tuple[bytes, ...]:
    return (encoded({**_STATE, "digitalId": signed(DIGITAL_ID, CHIP)}),)


def _read_state(data: bytes) -> None:
    proved(signed(read_json(data, SOURCE), DEVICE, PROVIDER), ANCHORS, NOW, SOURCE)


def _tokens() -> tuple[bytes, ...]:
    return signed({"a": "b"}, DEVICE, PROVIDER).encode(), url64(encoded(DIGITAL_ID)).encode()


def _read_token(data: bytes) -> None:
    token = data.decode("latin-1")
    unverified_payload(token, SOURCE)
    verify(token, ANCHORS, NOW, SOURCE)


def _certificates() -> tuple[bytes, ...]:
    return tuple(base64.b64decode(one.der()) for one in (DEVICE, CHIP))


def _read_certificate(data: bytes) -> None:
    """A certificate of a device, and of what issued it."""
    encoded_as = base64.b64encode(data).decode()
    with suppress(DeviceTrustError):
        verify(signed({}, DEVICE, header={"x5c": [DEVICE.der(), encoded_as]}), ANCHORS, NOW, SOURCE)
    verify(signed({}, DEVICE, header={"x5c": [encoded_as, PROVIDER.der()]}), ANCHORS, NOW, SOURCE)


def _read_record(data: bytes) -> None:
    read_picture(data, Position.FACE if data.startswith(b"FAC") else Position.RIGHT_INDEX, SOURCE)


def _texts() -> tuple[bytes, ...]:
    return b"2026-06-01T11:59:59.5Z", b"http://127.0.0.1:4501/sbi/", url64(b"record").encode()


def _read_text(data: bytes) -> None:
    text = data.decode("latin-1")
    place_of(text, DEFAULT_CHOICES)
    if "T" in text[:12]:
        read_time(text)
    else:
        record_bytes(text, SOURCE)
