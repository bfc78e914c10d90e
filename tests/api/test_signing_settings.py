"""Which keys sign is a setting, and no setting holds a PIN or lets a key serve two purposes."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from api import wiring
from api.installation import Installation
from api.settings import Settings, read_settings, write_settings
from api.signing_settings import SigningSettings
from biometrics.errors import ConfigurationError
from biometrics.signing.level import SignatureLevel
from biometrics.signing.signer import Purpose
from registry.keys.pkcs11_uri import TokenKey
from registry.signing.token import make_signing_key
from tests.registry.keys.softhsm import Token, token

__all__ = ["token"]

NOW = datetime(2026, 11, 27, tzinfo=UTC)
URI = "pkcs11:token=kura;object=cards?module-path=/lib/token.so&pin-source=env:KURA_PIN"


def _certificate(name: str, issuer: str) -> x509.Certificate:
    who, by = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, issuer))
    key = ec.generate_private_key(ec.SECP256R1())
    made = x509.CertificateBuilder().subject_name(who).issuer_name(by).public_key(key.public_key()).serial_number(1)
    return made.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1)).sign(key, hashes.SHA256())


def test_settings_with_a_token_are_written_and_read(tmp_path: Path) -> None:
    settings = Settings(signing=SigningSettings(cards=URI, token_level="advanced"))
    write_settings(tmp_path, settings)
    assert read_settings(tmp_path) == settings
    chosen = settings.signing.choices(tmp_path)
    assert (chosen.tokens, chosen.token_level) == ({Purpose.CARDS: TokenKey.parse(URI)}, SignatureLevel.ADVANCED)


def test_one_key_does_not_sign_for_two_purposes() -> None:
    with pytest.raises(ConfigurationError, match="two purposes"):
        SigningSettings(cards=URI, receipts=URI)


def test_certificates_become_chains(tmp_path: Path) -> None:
    leaf, middle, root = _certificate("leaf", "middle"), _certificate("middle", "root"), _certificate("root", "root")
    (tmp_path / "chain.pem").write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in (root, leaf, middle)))
    chains = SigningSettings(certificates="chain.pem").choices(tmp_path).certificates
    assert (leaf, middle, root) in chains and (root,) in chains
    der = leaf.public_bytes(Encoding.DER)
    of_no_version = der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07", 1)
    for wrong in (b"none", _pem(of_no_version)):
        (tmp_path / "chain.pem").write_bytes(wrong)
        with pytest.raises(ConfigurationError, match="certificates"):
            SigningSettings(certificates="chain.pem").choices(tmp_path)


def _pem(der: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


def test_a_registry_signs_with_the_key_that_the_settings_name(tmp_path: Path, token: Token) -> None:
    uri = token.uri("cards")
    make_signing_key(TokenKey.parse(uri))
    installation = Installation(home=tmp_path, settings=Settings(signing=SigningSettings(cards=uri)))
    with wiring.open_registry(installation, create=True) as registry:
        registry.signing.signer(Purpose.CARDS)
        with registry.reading() as record:
            used = record.signing.in_use(Purpose.CARDS)
    assert used is not None and used.held == "pkcs11:token=kura;object=cards"
