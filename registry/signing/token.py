"""A key in a token: the data go in, the signature comes out, the key stays."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

from biometrics.errors import ConfigurationError, KeyUnavailableError, SignerUnavailableError, SigningError
from biometrics.signing.algorithms import Algorithm, AnyPublicKey, fits, verifies
from biometrics.signing.level import SignatureLevel
from biometrics.signing.public_keys import thumbprint
from biometrics.signing.signer import Signature
from registry.keys.pkcs11_token import TokenSession, pkcs11
from registry.keys.pkcs11_uri import TokenKey

_SALT_BYTES = 32


class TokenSigner:
    """A `Signer` with a P-256 or RSA key in a PKCS#11 token.

    Parameters
    ----------
    key
        Which key of which token.
    level
        What whoever set it up answers for.
    certificates
        Chains to look for the key's in; one that begins with another key is passed over.

    Raises
    ------
    SignerUnavailableError
        When the token does not answer or has no such key.
    ConfigurationError
        When the key is of another kind.
    """

    def __init__(
        self, key: TokenKey, level: SignatureLevel, certificates: Sequence[tuple[x509.Certificate, ...]] = ()
    ) -> None:
        self._session = TokenSession(key)
        self._name = key.name
        self.level = level
        self.public_key, self.algorithm = self._ask(self._described)
        self.key_id = thumbprint(self.public_key)
        self.certificates = _chain_of(self.public_key, certificates)

    def __repr__(self) -> str:
        return f"TokenSigner({self._name!r}, key_id={self.key_id!r})"

    def sign(self, data: bytes) -> Signature:
        """Return the signature of some bytes.

        Raises
        ------
        SignerUnavailableError
            When the token does not answer; nothing is signed then.
        SigningError
            When what the token returns is no signature of its key.
        """
        value: bytes = self._ask(lambda session: self._value(session, data))
        if not verifies(self.public_key, self.algorithm, data, value):
            raise SigningError(
                "the token's signature is not its key's; it was thrown away",
                source=self._name,
                remedy="the token has another key of this name now: end the old one with kura sign end",
            )
        return Signature(
            algorithm=self.algorithm,
            key_id=self.key_id,
            level=self.level,
            value=value,
            certificates=self.certificates,
        )

    def _ask(self, ask: Any) -> Any:
        try:
            return self._session.perform(ask)
        except KeyUnavailableError as error:
            raise SignerUnavailableError(
                f"{error.message}; nothing was signed", source=error.source, remedy=error.remedy
            ) from error

    def _described(self, session: Any) -> tuple[AnyPublicKey, Algorithm]:
        """Return the key's public half, and what it signs with: RSA by PSS where the token can."""
        self._session.find(session, "PRIVATE_KEY")
        public = _public_half(self._session.find(session, "PUBLIC_KEY"))
        if isinstance(public, ec.EllipticCurvePublicKey) and fits(public, Algorithm.ES256):
            return public, Algorithm.ES256
        if isinstance(public, RSAPublicKey) and fits(public, Algorithm.PS256):
            offered = session.token.slot.get_mechanisms()
            by_pss = pkcs11().Mechanism.SHA256_RSA_PKCS_PSS in offered
            return public, Algorithm.PS256 if by_pss else Algorithm.RS256
        raise ConfigurationError(
            "the token's key is neither P-256 nor RSA of 2048 bits or more",
            source=self._name,
            remedy="make one with kura sign token-key",
        )

    def _value(self, session: Any, data: bytes) -> bytes:
        private, mechanism = self._session.find(session, "PRIVATE_KEY"), pkcs11().Mechanism
        if self.algorithm is Algorithm.ES256:  # tokens that hash by themselves are few
            return bytes(private.sign(hashlib.sha256(data).digest(), mechanism=mechanism.ECDSA))
        if self.algorithm is Algorithm.RS256:
            return bytes(private.sign(data, mechanism=mechanism.SHA256_RSA_PKCS))
        salted = (mechanism.SHA256, pkcs11().MGF.SHA256, _SALT_BYTES)
        return bytes(private.sign(data, mechanism=mechanism.SHA256_RSA_PKCS_PSS, mechanism_param=salted))


def make_signing_key(key: TokenKey) -> None:
    """Make a P-256 key in a token, which can be neither read nor taken out of it.

    Raises
    ------
    SigningError
        When it has such a key already.
    KeyUnavailableError
        When the token does not answer.
    """
    binding, token = pkcs11(), TokenSession(key)
    attribute = binding.Attribute

    def make(session: Any) -> bool:
        wanted = {attribute.CLASS: binding.ObjectClass.PRIVATE_KEY, attribute.LABEL: key.label}
        wanted |= {} if key.identifier is None else {attribute.ID: key.identifier}
        if any(True for _ in session.get_objects({name: value for name, value in wanted.items() if value is not None})):
            return False
        curve = binding.util.ec.encode_named_curve_parameters("secp256r1")
        parameters = session.create_domain_parameters(binding.KeyType.EC, {attribute.EC_PARAMS: curve}, local=True)
        secret = {attribute.SENSITIVE: True, attribute.EXTRACTABLE: False}
        identifier = key.identifier or hashlib.sha256((key.label or "").encode()).digest()[:8]
        parameters.generate_keypair(store=True, label=key.label, id=identifier, private_template=secret)
        return True

    if not token.perform(make, writable=True):
        raise SigningError(
            "the token has a key of this name already", source=key.name, remedy="use it, or choose another name"
        )


def _public_half(object_: Any) -> object:
    """Return a public key of a token as one that verifies here; None where it is of another kind."""
    binding = pkcs11()
    attribute, kinds = binding.Attribute, binding.KeyType
    if object_.key_type == kinds.EC:
        return load_der_public_key(binding.util.ec.encode_ec_public_key(object_))
    if object_.key_type == kinds.RSA:
        n, e = (int.from_bytes(object_[one], "big") for one in (attribute.MODULUS, attribute.PUBLIC_EXPONENT))
        return RSAPublicNumbers(e, n).public_key()
    return None


def _chain_of(key: AnyPublicKey, chains: Sequence[tuple[x509.Certificate, ...]]) -> tuple[bytes, ...]:
    """Return the chain that begins with a key, in DER."""
    for chain in chains:
        if chain and chain[0].public_key() == key:
            return tuple(one.public_bytes(Encoding.DER) for one in chain)
    return ()
