"""Keys and certificates of the simulator: a root, the provider's and the chip maker's, and those of the devices.

A root stands above two issuers, as the interface foresees: the provider of the devices, which certifies the keys that
sign captures, and the maker of the chips, which certifies the keys that sign digital ids of devices of level L1. Every
subject says SIMULATED. Keys stay in memory, or in a folder that its owner alone can read.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from biometrics.errors import ConfigurationError

ORGANIZATION = "Kura simulator"

_KEY_BITS = 2048
_AUTHORITY_LIFE = timedelta(days=3650)
_LEAF_LIFE = timedelta(days=30)
"""After which device keys are to be changed by default; certificates of devices are issued anew at each start."""

_GRACE = timedelta(days=1)
"""By which validity begins in the past, for clocks that are slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A key, and the certificates that speak for it.

    Parameters
    ----------
    key
        Private.
    chain
        Its own certificate first, then those above it, without the root.
    """

    key: RSAPrivateKey = field(repr=False)
    chain: tuple[x509.Certificate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Somebody who issues certificates.

    Parameters
    ----------
    key
        Private.
    certificate
        Its own.
    above
        What a leaf's chain holds besides itself: this certificate, unless it is a root.
    """

    key: RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...]

    def issue(self, name: str, key: RSAPrivateKey, *, begins: datetime | None = None) -> Signer:
        """Certify the key of a device or chip for 30 days.

        Parameters
        ----------
        name
            Common name of the subject.
        key
            Whose public half is certified.
        begins
            When validity begins; a day ago where it is not given.
        """
        start = begins or datetime.now(UTC) - _GRACE
        leaf = _builder(name, self.certificate.subject, key, start, _LEAF_LIFE)
        leaf = leaf.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        leaf = leaf.add_extension(_usage(authority=False), critical=True)
        leaf = _linked(leaf, key, self.key)
        return Signer(key=key, chain=(leaf.sign(self.key, hashes.SHA256()), *self.above))


class Pki:
    """The whole of it.

    Parameters
    ----------
    folder
        Where keys are kept from one start to the next; None keeps them in memory.

    Raises
    ------
    ConfigurationError
        When the folder cannot be used, or a key in it cannot be read.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._keys: dict[str, RSAPrivateKey] = {}
        self._making = threading.Lock()
        self._root = self._authority("root", "SIMULATED Kura root", None)
        self.provider = self._authority("provider", "SIMULATED Kura device provider", self._root)
        self.chip_maker = self._authority("chip-maker", "SIMULATED Kura chip maker", self._root)
        self._foreign: Authority | None = None

    @property
    def root(self) -> x509.Certificate:
        """What a client must trust."""
        return self._root.certificate

    @property
    def foreign(self) -> Authority:
        """Return somebody with the provider's name whom nobody trusts; made when first asked for."""
        if self._foreign is None:
            self._foreign = self._authority("foreign", "SIMULATED Kura device provider", None)
        return self._foreign

    def write_trust(self, path: Path) -> None:
        """Write the root as PEM, for `sbi_trust` or any other client.

        Raises
        ------
        ConfigurationError
            When it cannot be written.
        """
        try:
            path.write_bytes(self.root.public_bytes(Encoding.PEM))
        except OSError as error:
            raise ConfigurationError(
                f"the certificate cannot be written: {error.strerror}", source=str(path), remedy="name another file"
            ) from error

    def key(self, name: str) -> RSAPrivateKey:
        """Return the key of that name, made when first asked for.

        Raises
        ------
        ConfigurationError
            When the folder cannot be used.
        """
        with self._making:
            if name not in self._keys:
                self._keys[name] = self._kept(name) if self._folder else _new_key()
            return self._keys[name]

    def _kept(self, name: str) -> RSAPrivateKey:
        assert self._folder is not None
        path = self._folder / f"{name}.key"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.exists():
                return _read_key(path)
            key = _new_key()
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        except OSError as error:
            raise ConfigurationError(
                f"keys cannot be kept there: {error.strerror}", source=str(path), remedy="name a folder of your own"
            ) from error
        return key

    def _authority(self, name: str, subject: str, issuer: Authority | None) -> Authority:
        """Return an authority; kept roots are read again, since clients hold them."""
        key = self.key(name)
        kept = self._folder / f"{name}.pem" if self._folder else None
        read = _read_certificate(kept) if kept is not None and kept.exists() else None
        certificate = read or _authority_certificate(subject, key, issuer)
        if kept is not None and read is None:
            kept.write_bytes(certificate.public_bytes(Encoding.PEM))
        return Authority(key=key, certificate=certificate, above=(certificate,) if issuer else ())


def _new_key() -> RSAPrivateKey:
    return generate_private_key(65537, _KEY_BITS)


def _read_key(path: Path) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise ConfigurationError("this is no key", source=str(path), remedy="delete it, or the folder") from error
    if not isinstance(key, RSAPrivateKey):
        raise ConfigurationError("this is no RSA key", source=str(path), remedy="delete it, or the folder")
    return key


def _read_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            "this is no certificate", source=str(path), remedy="delete it, or the folder"
        ) from error


def _authority_certificate(subject: str, key: RSAPrivateKey, issuer: Authority | None) -> x509.Certificate:
    above = _name(subject) if issuer is None else issuer.certificate.subject
    signing = key if issuer is None else issuer.key
    builder = _builder(subject, above, key, datetime.now(UTC) - _GRACE, _AUTHORITY_LIFE)
    depth = 1 if issuer is None else 0
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=depth), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    return _linked(builder, key, signing).sign(signing, hashes.SHA256())


def _builder(
    subject: str, issuer: x509.Name, key: RSAPrivateKey, begins: datetime, life: timedelta
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(begins).not_valid_after(begins + life)


def _name(common: str) -> x509.Name:
    parts: Mapping[x509.ObjectIdentifier, str] = {
        NameOID.ORGANIZATION_NAME: ORGANIZATION,
        NameOID.COMMON_NAME: common,
    }
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in parts.items()])


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _linked(builder: x509.CertificateBuilder, key: RSAPrivateKey, signing: RSAPrivateKey) -> x509.CertificateBuilder:
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
    return builder.add_extension(own, critical=False).add_extension(above, critical=False)
