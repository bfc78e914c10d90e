"""Whose signatures are believed: certificates that an authority chose, and what they issued.

The chain is followed here, with the primitives of `cryptography`, and not by `cryptography.x509.verification`: that
one judges certificates of web servers and their clients, which must carry host names or e-mail addresses and extended
key usages that certificates of devices do not have.

Every certificate in the file is an anchor: the root of an authority, or, narrower, the certificate of one device
provider or of one maker of chips. MOSIP expects of a signature nothing but the signer's own certificate, so what lies
between it and an authority's root must be in the file too, unless the device sends it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import SignatureAlgorithmOID as Oid

from biometrics.errors import CaptureError, DeviceTrustError, DriverUnavailableError

MOST_CERTIFICATES = 5
"""Of one signature: the device's, and what lies between it and an anchor."""

_MOST_FILE_BYTES = 4_000_000
_RSA_BITS = range(2048, 8193)

_CERTIFICATE_ALGORITHMS = frozenset(
    {Oid.RSA_WITH_SHA256, Oid.RSA_WITH_SHA384, Oid.RSA_WITH_SHA512, Oid.RSASSA_PSS, Oid.ED25519}
)
"""RSA and Curve25519, as the interface allows, never with SHA-1."""

_UNDERSTOOD = frozenset({x509.BasicConstraints.oid, x509.KeyUsage.oid})
"""Critical extensions that are looked at; any other one forbids what it forbids."""

MALFORMED = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What reading a certificate raises that is none, or none of today."""

_ASK = "ask the device's provider for the certificates that issue its devices', and add them to the trust file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A certificate that an anchor stands for.

    Parameters
    ----------
    certificate
        Of whoever signed.
    since, until
        When every certificate up to the anchor is valid.
    """

    certificate: x509.Certificate
    since: datetime
    until: datetime

    @property
    def sha256(self) -> str:
        """Digest of the certificate, hexadecimal."""
        return self.certificate.fingerprint(SHA256()).hex()

    def require_valid(self, moment: datetime, source: str) -> None:
        """Return when all of them are valid at a moment.

        Raises
        ------
        DeviceTrustError
            When one of them is not.
        """
        if moment < self.since:
            raise untrusted("the device's certificate is not valid yet", "not-yet-valid", source, "set the clocks")
        if moment > self.until:
            raise untrusted(
                f"the device's certificate ended on {self.until:%Y-%m-%d}",
                "expired",
                source,
                "have its provider's management client renew the key",
            )


class Anchors:
    """The certificates that an installation trusts."""

    def __init__(self, certificates: Sequence[x509.Certificate]) -> None:
        self.certificates = tuple(certificates)

    @classmethod
    def read(cls, path: Path | None, source: str) -> Anchors:
        """Read a PEM file.

        Raises
        ------
        DeviceTrustError
            When none was chosen.
        DriverUnavailableError
            When it cannot be read, or holds no certificate.
        """
        if path is None:
            raise untrusted(
                "no certificate of a device provider is trusted",
                "no-trust",
                source,
                "put the providers' certificates in a PEM file, and name it in settings.toml: [devices] sbi_trust",
            )
        try:
            with path.open("rb") as file:
                data = file.read(_MOST_FILE_BYTES)
            return cls(x509.load_pem_x509_certificates(data))
        except OSError as error:
            raise _unusable(f"the trust file {path} cannot be read", path, source) from error
        except MALFORMED as error:
            raise _unusable(f"the trust file {path} holds no certificates in PEM", path, source) from error

    def verify(self, chain: Sequence[x509.Certificate], now: datetime, source: str) -> Verified:
        """Follow a signer's certificate to an anchor.

        Parameters
        ----------
        chain
            The signer's, then what the device sends with it, in any order.
        now
            When all of them must be valid.
        source
            The device, for errors.

        Raises
        ------
        DeviceTrustError
            When no anchor stands for it, or one on the way is not to be used so.
        """
        if not 1 <= len(chain) <= MOST_CERTIFICATES:
            raise untrusted(f"{len(chain)} certificates come with a signature", "certificate", source, _ASK)
        refusal: DeviceTrustError | None = None
        try:
            for path in self._paths(chain[0], chain[1:], (chain[0],)):
                try:
                    return _verified(path, now, source)
                except DeviceTrustError as error:  # another way may hold: authorities renew their certificates
                    refusal = refusal or error
        except MALFORMED as error:
            raise untrusted("the device's certificate cannot be read", "certificate", source, _ASK) from error
        raise refusal or untrusted("no trusted certificate issued the device's", "chain", source, _ASK)

    def _paths(
        self, one: x509.Certificate, offered: Sequence[x509.Certificate], below: tuple[x509.Certificate, ...]
    ) -> Iterator[tuple[x509.Certificate, ...]]:
        """Yield the certificates from the signer's to an anchor, for each way that there is."""
        for anchor in self.certificates:
            if anchor not in below and _issued(anchor, one):
                yield (*below, anchor)
        for index, between in enumerate(offered):
            if between not in below and _issued(between, one):
                yield from self._paths(between, (*offered[:index], *offered[index + 1 :]), (*below, between))


def untrusted(message: str, check: str, source: str, remedy: str) -> DeviceTrustError:
    """Return the error of something that is not to be believed."""
    return DeviceTrustError(message, source=source, remedy=remedy, check=check)


def is_usable(key: object) -> bool:
    """Return whether a key is of a kind and length that the interface allows."""
    return isinstance(key, Ed25519PublicKey) or (isinstance(key, RSAPublicKey) and key.key_size in _RSA_BITS)


def is_authority(certificate: x509.Certificate) -> bool:
    """Return whether a certificate may issue others."""
    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    return basic.ca


def _verified(path: Sequence[x509.Certificate], now: datetime, source: str) -> Verified:
    """Return the signer when each certificate on the way may stand where it does, and is valid."""
    _require_end(path[0], source)
    for below, one in enumerate(path[1:]):
        _require_authority(one, below, source)
    verified = Verified(
        certificate=path[0],
        since=max(one.not_valid_before_utc for one in path),
        until=min(one.not_valid_after_utc for one in path),
    )
    verified.require_valid(now, source)
    return verified


def _issued(issuer: x509.Certificate, one: x509.Certificate) -> bool:
    """Return whether a certificate is signed by an issuer; not where either cannot be read."""
    if one.issuer != issuer.subject or one.signature_algorithm_oid not in _CERTIFICATE_ALGORITHMS:
        return False
    try:
        hashed = one.signature_hash_algorithm
        if not is_usable(issuer.public_key()) or (hashed is not None and hashed.digest_size < SHA256.digest_size):
            return False
        one.verify_directly_issued_by(issuer)
    except (InvalidSignature, *MALFORMED):
        return False
    return True


def _require_end(one: x509.Certificate, source: str) -> None:
    usage = _usage(one, source)
    if is_authority(one) or not is_usable(one.public_key()) or (usage and not usage.digital_signature):
        raise untrusted("the device signs with a certificate that is not for signing", "purpose", source, _ASK)


def _require_authority(one: x509.Certificate, below: int, source: str) -> None:
    usage = _usage(one, source)
    if not is_authority(one) or (usage and not usage.key_cert_sign):
        raise untrusted("a certificate that may not issue others issued the device's", "authority", source, _ASK)
    longest = one.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
    if longest is not None and below > longest:
        raise untrusted("an authority lets fewer others in between than there are", "authority", source, _ASK)


def _usage(one: x509.Certificate, source: str) -> x509.KeyUsage | None:
    """Return what a key may be used for, if that is said; refuse critical extensions that nobody here understands."""
    usage = None
    for extension in one.extensions:
        if extension.critical and extension.oid not in _UNDERSTOOD:
            raise untrusted("a certificate has a critical extension that is unknown here", "extension", source, _ASK)
        if isinstance(extension.value, x509.KeyUsage):
            usage = extension.value
    return usage


def _unusable(message: str, path: Path, source: str) -> CaptureError:
    return DriverUnavailableError(
        message,
        source=source,
        remedy="put the certificates of the device providers there, in PEM",
        missing=(str(path),),
    )
