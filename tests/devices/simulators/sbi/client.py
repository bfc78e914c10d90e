"""A client that knows nothing of the simulator: plain HTTP, and checks written from the specification."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from joserfc import jws
from joserfc.jwk import RSAKey

EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""SHA-256 of nothing (FIPS 180-4 examples)."""

LEFT = ("Left IndexFinger", "Left MiddleFinger", "Left RingFinger", "Left LittleFinger")
RIGHT = ("Right IndexFinger", "Right MiddleFinger", "Right RingFinger", "Right LittleFinger")
THUMBS = ("Left Thumb", "Right Thumb")
OF_SLAP = {"1": LEFT, "2": RIGHT, "3": THUMBS}


class Client:
    """Sends requests and takes answers apart."""

    def __init__(self, url: str, timeout_s: float = 20.0) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=timeout_s, trust_env=False)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(self, verb: str, path: str, value: object = None) -> httpx.Response:
        return self._http.request(verb, path, json=value)

    def discover(self, kind: str = "Biometric Device") -> list[dict[str, Any]]:
        entries = self.ask("MOSIPDISC", "device", {"type": kind}).json()
        assert isinstance(entries, list)
        return entries

    def info(self, device_id: str = "simulated-slap") -> dict[str, Any]:
        entries = self.ask("MOSIPDINFO", "info").json()
        (entry,) = [one for one in entries if payload(one["deviceInfo"])["deviceId"] == device_id]
        return dict(entry)

    def capture(self, **changes: object) -> list[dict[str, Any]]:
        entries = self.ask("RCAPTURE", "capture", order(**changes)).json()["biometrics"]
        assert isinstance(entries, list)
        return entries

    def code(self, **changes: object) -> str:
        (entry,) = self.capture(**changes)
        assert entry["data"] == ""
        return str(entry["error"]["errorCode"])

    def stream(self, **changes: object) -> httpx.Response:
        asked = {"deviceId": "simulated-slap", "deviceSubId": "1", "timeout": "1500", **changes}
        return self.ask("STREAM", "stream", asked)


def order(**changes: object) -> dict[str, object]:
    """A capture of the left slap, with changes; those of `bio` by their own names."""
    sub_id = str(changes.get("deviceSubId", "1"))
    names = changes.get("bioSubType", list(OF_SLAP.get(sub_id, ())))
    assert isinstance(names, list)
    bio: dict[str, object] = {
        "type": "Finger",
        "count": str(len(names)),
        "bioSubType": names,
        "exception": [],
        "requestedScore": "60",
        "deviceId": "simulated-slap",
        "deviceSubId": sub_id,
        "previousHash": EMPTY_HASH.upper(),
    }
    whole: dict[str, object] = {
        "env": "Developer",
        "purpose": "Registration",
        "specVersion": "0.9.5",
        "timeout": "10000",
        "captureTime": "2026-01-01T00:00:00Z",
        "transactionId": "test-0001",
        "customOpts": None,
    }
    for name, value in changes.items():
        (bio if name in bio else whole)[name] = value
    return {**whole, "bio": changes.get("bio", [bio])}


def decoded(text: str) -> bytes:
    assert "=" not in text
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def header(token: str) -> dict[str, Any]:
    return dict(json.loads(decoded(token.split(".", maxsplit=1)[0])))


def payload(token: str) -> dict[str, Any]:
    parts = token.split(".")
    return dict(json.loads(decoded(parts[1] if len(parts) == 3 else parts[0])))


def chain(token: str) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(base64.b64decode(one)) for one in header(token)["x5c"]]


def verified(token: str) -> dict[str, Any]:
    """Return what a token says once its signature holds, by a library that the simulator does not use."""
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - beside its only use

    key = RSAKey.import_key(chain(token)[0].public_bytes(Encoding.PEM))
    registry = jws.JWSRegistry(algorithms=["RS256"])
    registry.max_header_length = registry.max_payload_length = 2**20
    signed = jws.deserialize_compact(token, key, registry=registry)
    return dict(json.loads(signed.payload))


def records(entries: Sequence[dict[str, Any]]) -> list[bytes]:
    return [decoded(payload(entry["data"])["bioValue"]) for entry in entries]


def names(entries: Sequence[dict[str, Any]]) -> list[str]:
    return [payload(entry["data"])["bioSubType"] for entry in entries]


def links(entries: Sequence[dict[str, Any]], previous: str = EMPTY_HASH) -> list[str]:
    """The chain that the entries should bear, worked out byte by byte."""
    worked = []
    for record in records(entries):
        both = bytes.fromhex(previous) + hashlib.sha256(record).digest()
        previous = hashlib.sha256(both).hexdigest().upper()
        worked.append(previous)
    return worked


def raw(url: str, verb: str, path: str, value: object = None, *, within_s: float = 10.0, most: int = 2**20) -> bytes:
    """Return the very bytes of an answer, until the connection ends, the time is up or there are too many."""
    body = b"" if value is None else json.dumps(value).encode()
    head = f"{verb} /{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    place = urlsplit(url)
    received = b""
    with socket.create_connection((place.hostname, place.port or 0), timeout=within_s) as connection:
        connection.sendall(head + body)
        try:
            while len(received) < most and (piece := connection.recv(65_536)):
                received += piece
        except TimeoutError:
            return received + b"<open>"
        except ConnectionResetError:
            return received + b"<reset>"
    return received
