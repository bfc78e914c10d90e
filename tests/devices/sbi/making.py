"""Certificates, signatures and answers made by hand; every key is Ed25519 unless told."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from biometrics.interchange.finger_image_record import Compression, FingerImage, FingerImageRecord, FingerImageStandard
from biometrics.interchange.finger_image_writing import write_finger_image_record
from biometrics.positions import Position
from devices.sbi.answer import Checking
from devices.sbi.asking import Asked
from devices.sbi.identity import DeviceState, DigitalId, KnownDevice
from devices.sbi.trust import Anchors
from devices.sbi.words import DeviceSubType, DeviceType, Status

NOW = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
SOURCE = "sbi:http://127.0.0.1:4501/1"
FIRST_HASH = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"
TRANSACTION = "11111111-2222-3333-4444-555555555555"

Key = Ed25519PrivateKey | RSAPrivateKey
Extension = tuple[x509.ExtensionType, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A key and its certificate."""

    key: Key
    certificate: x509.Certificate

    def der(self) -> str:
        return base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()


def usage(*, signs: bool, certifies: bool) -> Extension:
    others = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(digital_signature=signs, key_cert_sign=certifies, **others), True


def authority(ca: bool = True, path_length: int | None = None) -> Extension:
    return x509.BasicConstraints(ca=ca, path_length=path_length), True


def issue(
    name: str,
    issuer: Holder | None,
    *extensions: Extension,
    key: Key | None = None,
    since: datetime = NOW - timedelta(days=10),
    until: datetime = NOW + timedelta(days=10),
) -> Holder:
    """Return a certificate that an issuer signed, or itself where there is none."""
    key = key or Ed25519PrivateKey.generate()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signing = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    hashed = hashes.SHA256() if isinstance(signing, RSAPrivateKey) else None
    return Holder(key=key, certificate=builder.sign(signing, hashed))


ROOT = issue("root", None, authority(), usage(signs=False, certifies=True))
PROVIDER = issue("provider", ROOT, authority(path_length=0), usage(signs=False, certifies=True))
DEVICE = issue("device", PROVIDER, authority(ca=False), usage(signs=True, certifies=False))
CHIP = issue("chip", ROOT, usage(signs=True, certifies=False))
ANCHORS = Anchors([ROOT.certificate])


def url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(payload: Any, signer: Holder, *between: Holder, header: Mapping[str, Any] | None = None) -> str:
    """Return a compact signature; `header` replaces members, and takes away those that are None."""
    algorithm = "RS256" if isinstance(signer.key, RSAPrivateKey) else "EdDSA"
    chain = [one.der() for one in (signer, *between)]
    members = {"alg": algorithm, "typ": "JWT", "x5c": chain, **(header or {})}
    head = url64(json.dumps({name: value for name, value in members.items() if value is not None}).encode())
    text = f"{head}.{url64(json.dumps(payload).encode())}"
    if isinstance(signer.key, RSAPrivateKey):
        value = signer.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    else:
        value = signer.key.sign(text.encode())
    return f"{text}.{url64(value)}"


def record(
    position: Position = Position.UNKNOWN, grey: int = 128, ppi: float = 500.0, png: bytes | None = None
) -> bytes:
    """Return an ISO record of a small grey picture, 30 pixels wide and 40 high."""
    compression = Compression.RAW if png is None else Compression.PNG
    data = np.full((40, 30), grey, np.uint8).tobytes() if png is None else png
    image = FingerImage(position=position, width=30, height=40, compression=compression, data=data, ppi=ppi)
    return write_finger_image_record(FingerImageRecord(standard=FingerImageStandard.ISO_2011, images=(image,)))


def next_hash(previous: str, data: bytes) -> str:
    joined = bytes.fromhex(previous) + hashlib.sha256(data).digest()
    return hashlib.sha256(joined).hexdigest().upper()


DIGITAL_ID = {
    "serialNo": "SERIAL000001",
    "make": "Maker",
    "model": "Slap 1",
    "type": "Finger",
    "deviceSubType": "Slap",
    "deviceProvider": "Provider",
    "deviceProviderId": "provider-1",
    "dateTime": "2026-06-01T11:59:00Z",
}
IDENTITY = DigitalId(
    serial="SERIAL000001",
    make="Maker",
    model="Slap 1",
    kind=DeviceType.FINGER,
    sub_kind=DeviceSubType.SLAP,
    provider="Provider",
)


def known(certification: str = "L1", signer: Holder = DEVICE, anchors: Anchors = ANCHORS) -> KnownDevice:
    """Return the device as it proved itself before the capture."""
    state = DeviceState(
        device_id="1",
        status=Status.READY,
        identity=IDENTITY,
        code="SERIAL000001",
        sub_ids=frozenset({"1", "2", "3"}),
        callback="http://127.0.0.1:4501/",
        environment="Developer",
        purpose="Registration",
        certification=certification,
        firmware="1",
        service_version="0.9.5",
        versions=frozenset({"0.9.5"}),
    )
    chain = [signer.certificate, PROVIDER.certificate]
    return KnownDevice(state=state, signer=anchors.verify(chain, NOW, SOURCE))


TWO = (Position.RIGHT_INDEX, Position.RIGHT_MIDDLE)
OTHERS = (Position.RIGHT_RING, Position.RIGHT_LITTLE)


def asked(
    positions: tuple[Position, ...] = TWO, excepted: tuple[Position, ...] = OTHERS, kind: DeviceType = DeviceType.FINGER
) -> Asked:
    return Asked(
        kind=kind,
        positions=positions,
        excepted=excepted,
        sub_id="2" if kind is DeviceType.FINGER else "0",
        score=60,
        device_id="1",
        environment="Developer",
        transaction=TRANSACTION,
        previous=FIRST_HASH,
        sent_at=NOW - timedelta(seconds=2),
        timeout_ms=10_000,
    )


def checking(request: Asked | None = None, device: KnownDevice | None = None) -> Checking:
    return Checking(asked=request or asked(), device=device or known(), anchors=ANCHORS, now=NOW, source=SOURCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One capture of an answer, with whatever is to be wrong about it."""

    name: str | None
    data: bytes
    said: Mapping[str, Any] = field(default_factory=dict)
    digital_id: Mapping[str, Any] = field(default_factory=dict)
    around: Mapping[str, Any] = field(default_factory=dict)
    signer: Holder = DEVICE
    id_signer: Holder = CHIP

    def payload(self) -> dict[str, Any]:
        """Return what is signed; a member of `said` that is None takes it away."""
        whole = {
            "digitalId": signed({**DIGITAL_ID, **self.digital_id}, self.id_signer),
            "deviceCode": "SERIAL000001",
            "deviceServiceVersion": "0.9.5",
            "bioType": "Finger",
            "bioSubType": self.name,
            "purpose": "Registration",
            "env": "Developer",
            "bioValue": url64(self.data),
            "transactionId": TRANSACTION,
            "timestamp": "2026-06-01T11:59:59Z",
            "requestedScore": "60",
            "qualityScore": "81.5",
            **self.said,
        }
        return {name: value for name, value in whole.items() if value is not None}


def answer_of(parts: Sequence[Part]) -> dict[str, Any]:
    """Return the answer to a capture as a tree."""
    listed, link = [], FIRST_HASH
    for part in parts:
        link = next_hash(link, part.data)
        listed.append(
            {
                "specVersion": "0.9.5",
                "data": signed(part.payload(), part.signer, PROVIDER),
                "hash": link,
                "error": {"errorCode": "0", "errorInfo": "Success"},
                **part.around,
            }
        )
    return {"biometrics": listed}


def encoded(tree: Any) -> bytes:
    return json.dumps(tree).encode()


INDEX = Part(name="Right IndexFinger", data=record(Position.RIGHT_INDEX, 100))
MIDDLE = Part(name="Right MiddleFinger", data=record(Position.RIGHT_MIDDLE, 120))
