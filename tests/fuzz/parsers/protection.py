"""What protects and proves: zones of documents, signatures, trusted keys, anchors, names of keys, sealed values."""

from __future__ import annotations

import json
from functools import cache

from biometrics.documents.zone_text import read_zone
from biometrics.errors import (
    ConfigurationError,
    KeyUnavailableError,
    PersonDataError,
    RecordError,
    SignatureInvalidError,
    StorageError,
)
from biometrics.signing.algorithms import Algorithm
from biometrics.signing.jws import sign_detached
from biometrics.signing.signer import Purpose
from biometrics.signing.trust import KeySet
from registry.audit_log.anchors import NO_ANCHOR, Anchor, read_anchor, sign_anchor
from registry.audit_log.tree_heads import TreeHead
from registry.keys.encryption import PlainKeyEncryption
from registry.keys.pkcs11_uri import TokenKey
from registry.keys.sealing import data_of, head_of, owner_of
from tests.biometrics.signing.keys import NOW, PlainSigner, trusted
from tests.fuzz.target import Target

_CONTENT = b"what was signed"
_OUTER = PlainKeyEncryption(bytes(32), "fuzz")


def targets() -> tuple[Target, ...]:
    """Return the targets of this module."""
    invalid = (SignatureInvalidError,)
    return (
        Target(name="mrz", seeds=_zones, parse=_read_zone, refused=(PersonDataError,), words=(b"<<", b"<", b"\n")),
        Target(name="signature", seeds=_signatures, parse=_verify, refused=invalid, words=(b"..", b"=")),
        Target(name="trusted-keys", seeds=_key_sets, parse=KeySet.read, refused=(ConfigurationError,), is_json=True),
        Target(name="anchor", seeds=_anchors, parse=read_anchor, refused=(RecordError,), is_json=True),
        Target(
            name="token-key",
            seeds=_token_keys,
            parse=_read_token_key,
            refused=(ConfigurationError,),
            words=(b"%", b"pin-"),
        ),
        Target(name="sealed-value", seeds=_sealed, parse=_open_sealed, refused=(StorageError,)),
        Target(name="wrapped-key", seeds=_wrapped, parse=_OUTER.unwrap, refused=(KeyUnavailableError,)),
    )


@cache
def _signer() -> PlainSigner:
    return PlainSigner(Algorithm.EDDSA)


def _zones() -> tuple[bytes, ...]:
    """Return the specimens of ICAO Doc 9303, of nobody."""
    return (
        b"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
        b"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6",
        b"I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<",
        b"I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<",
    )


def _read_zone(data: bytes) -> None:
    read_zone(data.decode("latin-1"))


def _signatures() -> tuple[bytes, ...]:
    return (sign_detached(_signer(), Purpose.EXPORTS, _CONTENT, signed_at=NOW).encode(),)


def _verify(data: bytes) -> None:
    keys = KeySet([trusted(_signer(), Purpose.EXPORTS)])
    keys.verify(data.decode("latin-1"), _CONTENT, Purpose.EXPORTS, now=NOW)


def _key_sets() -> tuple[bytes, ...]:
    return tuple(
        json.dumps(KeySet([trusted(PlainSigner(algorithm), Purpose.CARDS)]).document()).encode()
        for algorithm in Algorithm
    )


def _anchors() -> tuple[bytes, ...]:
    head = TreeHead(log_id="ab" * 16, size=3, root=bytes(32))
    anchor = Anchor(number=1, previous=NO_ANCHOR, head=head, at=NOW)
    return (sign_anchor(_signer(), anchor).line().encode(),)


def _token_keys() -> tuple[bytes, ...]:
    behind = b"?module-path=/usr/lib/libsofthsm2.so&pin-source=env:KURA_PIN"
    return b"pkcs11:token=kura;object=root-key" + behind, b"pkcs11:serial=12;id=%01%02" + behind


def _read_token_key(data: bytes) -> None:
    assert TokenKey.parse(data.decode("latin-1")).name


def _sealed() -> tuple[bytes, ...]:
    return head_of("subject-1") + bytes(12 + 16 + 5), head_of("") + bytes(28)


def _open_sealed(data: bytes) -> None:
    owner = owner_of(data)
    head, nonce, ciphertext = data_of(data)
    assert head == head_of(owner)
    assert head + nonce + ciphertext == data


def _wrapped() -> tuple[bytes, ...]:
    return (_OUTER.wrap(bytes(32)),)
