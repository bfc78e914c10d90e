"""What every signer promises, held by a key in software and by keys of each kind in a token."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from biometrics.errors import ConfigurationError, SignerUnavailableError, SigningError
from biometrics.signing.algorithms import Algorithm, verifies
from biometrics.signing.jws import read_detached, sign_detached
from biometrics.signing.level import SignatureLevel
from biometrics.signing.signer import Purpose, Signer
from registry.keys.pkcs11 import make_wrapping_key
from registry.keys.pkcs11_token import TokenSession, pkcs11
from registry.keys.pkcs11_uri import TokenKey
from registry.signing.software import SoftwareSigner
from registry.signing.token import TokenSigner, make_signing_key
from tests.registry.keys.softhsm import Token, token

__all__ = ["token"]

SEED = bytes(range(32))
NOW = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)


def _make_rsa(key: TokenKey, bits: int = 2048) -> None:
    binding = pkcs11()
    session = TokenSession(key)
    session.perform(
        lambda opened: opened.generate_keypair(binding.KeyType.RSA, bits, store=True, label=key.label, id=b"r"),
        writable=True,
    )


@pytest.fixture(params=["software", "p256", "rsa"])
def signer(request: pytest.FixtureRequest) -> Iterator[Signer]:
    if request.param == "software":
        yield SoftwareSigner(SEED)
        return
    key = TokenKey.parse(request.getfixturevalue("token").uri("cards"))
    make_signing_key(key) if request.param == "p256" else _make_rsa(key)
    yield TokenSigner(key, SignatureLevel.SIMPLE)


def test_a_signature_verifies_with_the_public_key_alone(signer: Signer) -> None:
    signature = signer.sign(b"what is signed")
    assert (signature.algorithm, signature.key_id, signature.level) == (signer.algorithm, signer.key_id, signer.level)
    assert verifies(signer.public_key, signature.algorithm, b"what is signed", signature.value)
    assert not verifies(signer.public_key, signature.algorithm, b"what was not", signature.value)
    others = [one for one in Algorithm if one is not signature.algorithm]
    assert not any(verifies(signer.public_key, one, b"what is signed", signature.value) for one in others)


def test_a_detached_signature_says_its_level(signer: Signer) -> None:
    told = read_detached(sign_detached(signer, Purpose.CARDS, b"{}", signed_at=NOW))
    assert (told.signature.level, told.signature.key_id) == (SignatureLevel.SIMPLE, signer.key_id)


def test_a_signer_shows_no_key(signer: Signer) -> None:
    assert SEED.hex() not in repr(signer) and repr(SEED) not in repr(signer)


def test_a_short_seed_is_no_key() -> None:
    with pytest.raises(SigningError):
        SoftwareSigner(SEED[:31])


def test_each_kind_of_key_signs_by_its_algorithm(token: Token) -> None:
    p256, rsa = TokenKey.parse(token.uri("p256")), TokenKey.parse(token.uri("rsa"))
    make_signing_key(p256)
    _make_rsa(rsa)
    assert TokenSigner(p256, SignatureLevel.SIMPLE).algorithm is Algorithm.ES256
    assert TokenSigner(rsa, SignatureLevel.ADVANCED).algorithm is Algorithm.PS256


def test_a_key_that_signs_cannot_be_taken_out(token: Token) -> None:
    key = TokenKey.parse(token.uri("cards"))
    make_signing_key(key)
    session, attribute = TokenSession(key), pkcs11().Attribute
    kept = (attribute.EXTRACTABLE, attribute.SENSITIVE)
    assert session.perform(lambda opened: [session.find(opened, "PRIVATE_KEY")[one] for one in kept]) == [False, True]
    with pytest.raises(SigningError, match="already"):
        make_signing_key(key)


def test_an_unplugged_token_signs_nothing_and_signs_again_when_it_is_back(token: Token) -> None:
    key = TokenKey.parse(token.uri("cards"))
    make_signing_key(key)
    signer = TokenSigner(key, SignatureLevel.SIMPLE)
    signer.sign(b"before")
    token.unplug()
    with pytest.raises(SignerUnavailableError, match="nothing was signed") as refused:
        signer.sign(b"meanwhile")
    assert refused.value.remedy is not None and "connect the token" in refused.value.remedy
    token.plug()
    assert verifies(signer.public_key, signer.algorithm, b"after", signer.sign(b"after").value)


def test_another_key_in_the_place_of_the_first_is_noticed(token: Token) -> None:
    key = TokenKey.parse(token.uri("cards"))
    make_signing_key(key)
    signer = TokenSigner(key, SignatureLevel.SIMPLE)
    binding = pkcs11()

    def swap(opened: object) -> None:
        for one in list(opened.get_objects({binding.Attribute.LABEL: "cards"})):  # type: ignore[attr-defined]
            one.destroy()

    TokenSession(key).perform(swap, writable=True)
    make_signing_key(key)
    with pytest.raises(SigningError, match="not its key's"):
        signer.sign(b"what is signed")


def test_a_key_of_another_kind_is_refused(token: Token) -> None:
    short, aes = TokenKey.parse(token.uri("short")), TokenKey.parse(token.uri("aes"))
    _make_rsa(short, bits=1024)
    with pytest.raises(ConfigurationError, match="neither P-256 nor RSA"):
        TokenSigner(short, SignatureLevel.SIMPLE)
    make_wrapping_key(aes)
    with pytest.raises(SignerUnavailableError, match="no such key"):
        TokenSigner(aes, SignatureLevel.SIMPLE)


def _certificate(signer: Signer, name: str) -> x509.Certificate:
    authority = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    assert isinstance(signer.public_key, ec.EllipticCurvePublicKey)
    made = x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(signer.public_key)
    made = made.serial_number(1).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1))
    return made.sign(authority, hashes.SHA256())


def test_the_chain_of_the_key_travels_along(token: Token) -> None:
    keys = [TokenKey.parse(token.uri(name)) for name in ("cards", "other")]
    for key in keys:
        make_signing_key(key)
    chains = [(_certificate(TokenSigner(key, SignatureLevel.SIMPLE), key.name),) for key in reversed(keys)]
    signer = TokenSigner(keys[0], SignatureLevel.ADVANCED, chains)
    told = read_detached(sign_detached(signer, Purpose.CARDS, b"{}", signed_at=NOW))
    assert [x509.load_der_x509_certificate(one) for one in told.signature.certificates] == [chains[1][0]]
