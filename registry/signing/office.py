"""Who signs for an installation: `registry.signing` gives the signer of each purpose, and the keys to verify with."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from cryptography import x509

from biometrics.errors import KeyUnavailableError, SignerUnavailableError, SigningError
from biometrics.records import SYSTEM, Actor
from biometrics.samples import now_utc
from biometrics.signing.jws import sign_detached
from biometrics.signing.level import SignatureLevel
from biometrics.signing.signer import Purpose, Signer
from biometrics.signing.trust import Ending, KeySet
from registry.keys.pkcs11_uri import TokenKey
from registry.signing.records import IN_KEYRING
from registry.signing.software import SoftwareSigner
from registry.signing.token import TokenSigner

if TYPE_CHECKING:
    from registry.store import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningChoices:
    """Which keys an installation signs with.

    Parameters
    ----------
    tokens
        By purpose, the key in a token; a key in software signs for all others.
    token_level
        What signatures of keys in tokens are worth.
    certificates
        Chains of keys in tokens.
    """

    tokens: Mapping[Purpose, TokenKey] = field(default_factory=dict)
    token_level: SignatureLevel = SignatureLevel.SIMPLE
    certificates: Sequence[tuple[x509.Certificate, ...]] = ()


class SigningOffice:
    """Signers by purpose, made when they are first asked for; safe to share between threads.

    Parameters
    ----------
    registry
        Whose keys they are; it records which key signed when.
    choices
        Which keys; by default all in software.
    """

    def __init__(self, registry: Registry, choices: SigningChoices | None = None) -> None:
        self._registry = registry
        self._choices = choices or SigningChoices()
        self._signers: dict[Purpose, Signer] = {}
        self._lock = threading.Lock()

    def choose(self, choices: SigningChoices) -> None:
        """Sign with other keys from now on."""
        with self._lock:
            self._choices = choices
            self._signers.clear()

    def signer(self, purpose: Purpose) -> Signer:
        """Return who signs for a purpose; its key is recorded first, so call it outside of sections.

        Raises
        ------
        SignerUnavailableError
            When the key is in a token that does not answer, or in a file or variable that is away.
        SigningError
            When the key ended.
        ConfigurationError
            When the token's key is of another kind, or its library is missing.
        RecordBusyError, StorageError
            When a new key cannot be recorded.
        """
        with self._lock:
            known = self._signers.get(purpose)
            if known is None:
                known = self._signers[purpose] = self._opened(purpose)
            return known

    def trusted(self) -> KeySet:
        """Return all keys that sign or signed, to verify with."""
        with self._registry.reading() as record:
            return record.signing.trusted()

    def sign(self, purpose: Purpose, content: bytes, *, signed_at: datetime | None = None) -> str:
        """Return a detached signature of some bytes, made now unless another moment is given.

        Raises
        ------
        SigningError, ConfigurationError, RecordError
            As `signer`; nothing is signed then.
        """
        signer = self.signer(purpose)
        return sign_detached(signer, purpose, content, signed_at=now_utc() if signed_at is None else signed_at)

    def replace(self, purpose: Purpose, actor: Actor = SYSTEM) -> Signer:
        """Sign with a new key in software from now on; what the old one signed stays valid.

        Raises
        ------
        SigningError
            When a key in a token signs, which has to be made and named.
        """
        if purpose in self._choices.tokens:
            raise SigningError(
                "this key is in a token and is not replaced from here",
                source=self._choices.tokens[purpose].name,
                remedy="make another with kura sign token-key and name it in the settings",
            )
        with self._lock:
            self._registry.keys.renew(_name(purpose))
            self._signers.pop(purpose, None)
            made = self._signers[purpose] = self._opened(purpose, actor)
            return made

    def end(self, key_id: str, ending: Ending, actor: Actor = SYSTEM) -> None:
        """Let a key sign no more; where it was in software, it is destroyed and the next signature makes another.

        Raises
        ------
        RecordNotFoundError, RecordConflictError
            When there is no such key, or it has ended already.
        """
        with self._lock:
            with self._registry.writing(actor) as writer:
                writer.signing.end(key_id, ending)
            self._signers.clear()

    def _opened(self, purpose: Purpose, actor: Actor = SYSTEM) -> Signer:
        held, signer = self._held(purpose)
        with self._registry.reading() as record:
            used = record.signing.in_use(purpose)
            ended = {one.key_id for one in record.signing.trusted() if one.ended is not None}
        if signer.key_id in ended and held == IN_KEYRING:
            self._registry.keys.renew(_name(purpose))
            held, signer = self._held(purpose)
        elif signer.key_id in ended:
            raise SigningError(
                "the key that the settings name has ended", source=signer.key_id, remedy="make and name another key"
            )
        told = None if used is None else (used.trusted.key_id, used.held, used.trusted.level)
        if told != (signer.key_id, held, signer.level):
            with self._registry.writing(actor) as writer:
                writer.signing.begin(signer, purpose, held)
        return signer

    def _held(self, purpose: Purpose) -> tuple[str, Signer]:
        """Return the key that the settings choose, and where it is."""
        key = self._choices.tokens.get(purpose)
        if key is not None:
            return key.name, TokenSigner(key, self._choices.token_level, self._choices.certificates)
        try:
            return IN_KEYRING, SoftwareSigner(self._registry.keys.named(_name(purpose)))
        except KeyUnavailableError as error:
            raise SignerUnavailableError(
                f"{error.message}; nothing was signed", source=error.source, remedy=error.remedy
            ) from error


def _name(purpose: Purpose) -> str:
    return f"signing/{purpose.value}"
