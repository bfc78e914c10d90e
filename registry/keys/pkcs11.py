"""The root key wrapped inside a token, by an AES-256 key that never leaves it.

Wrapping is CKM_AES_GCM of C_Encrypt: it authenticates, binds the purpose as additional data, and is what SoftHSM and
the modules we read about offer alike. CKM_AES_KEY_WRAP would want the root key to become an object of the token first,
and modules in FIPS mode neither take nor give such an object in the clear.
"""

from __future__ import annotations

import os
from typing import Any

from biometrics.errors import KeyUnavailableError
from registry.keys.encryption import KEY_BYTES, NONCE_BYTES
from registry.keys.pkcs11_token import TokenSession, pkcs11
from registry.keys.pkcs11_uri import TokenKey

_ABOUT = b"kura root key"
_TAG_BITS = 128
_WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + _TAG_BITS // 8


class TokenKeyEncryption:
    """Wraps and unwraps one key in a token; whatever that key opens stays open when the token goes away.

    Parameters
    ----------
    key
        Which key of which token.
    """

    def __init__(self, key: TokenKey) -> None:
        self._session = TokenSession(key)
        self._key = key

    @property
    def key_id(self) -> str:
        """Which key this is: its URI without library and PIN."""
        return self._key.name

    def wrap(self, key: bytes) -> bytes:
        """Return a key under the token's: nonce, ciphertext and tag.

        Raises
        ------
        KeyUnavailableError
            When the token does not answer or has no such key.
        """
        nonce = os.urandom(NONCE_BYTES)
        return nonce + bytes(self._session.perform(lambda session: self._own(session).encrypt(key, **_by_gcm(nonce))))

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return the key that was wrapped.

        Raises
        ------
        KeyUnavailableError
            When the token does not answer, has no such key, or has another one than it was wrapped with.
        """
        if len(wrapped) != _WRAPPED_BYTES:
            raise KeyUnavailableError("the wrapped key is damaged", source=self.key_id, remedy="restore a backup")
        asked = _by_gcm(wrapped[:NONCE_BYTES])
        key = self._session.perform(lambda session: self._opened(session, wrapped[NONCE_BYTES:], asked))
        if key is None:
            raise KeyUnavailableError(
                "the token's key is not the one that the registry is protected with, or the wrapped key is damaged",
                source=self.key_id,
                remedy="name the right key, or the recovery key, in the settings",
            )
        return key

    def _own(self, session: Any) -> Any:
        return self._session.find(session, "SECRET_KEY")

    def _opened(self, session: Any, ciphertext: bytes, asked: dict[str, Any]) -> bytes | None:
        """Return the key; None where it does not open, which tokens tell in different ways."""
        own = self._own(session)
        errors = pkcs11()
        try:
            return bytes(own.decrypt(ciphertext, **asked))
        except (errors.EncryptedDataInvalid, errors.GeneralError, errors.FunctionFailed):
            own.encrypt(bytes(KEY_BYTES), **_by_gcm(os.urandom(NONCE_BYTES)))  # the key answers: it was the data
            return None


def make_wrapping_key(key: TokenKey) -> None:
    """Make a wrapping key in a token, which can neither be read nor taken out of it.

    Raises
    ------
    KeyUnavailableError
        When the token does not answer, or has such a key already.
    """
    binding, session = pkcs11(), TokenSession(key)
    attribute = binding.Attribute

    def make(opened: Any) -> bool:
        wanted = {attribute.CLASS: binding.ObjectClass.SECRET_KEY}
        wanted |= {} if key.label is None else {attribute.LABEL: key.label}
        wanted |= {} if key.identifier is None else {attribute.ID: key.identifier}
        if any(True for _ in opened.get_objects(wanted)):
            return False
        opened.generate_key(
            binding.KeyType.AES,
            KEY_BYTES * 8,
            label=key.label,
            id=key.identifier or os.urandom(8),
            store=True,
            template={attribute.SENSITIVE: True, attribute.EXTRACTABLE: False},
        )
        return True

    if not session.perform(make, writable=True):
        remedy = "use it, or choose another name"
        raise KeyUnavailableError("the token has a key of this name already", source=key.name, remedy=remedy)


def _by_gcm(nonce: bytes) -> dict[str, Any]:
    binding = pkcs11()
    parameters = binding.GCMParams(nonce, _ABOUT, _TAG_BITS)
    return {"mechanism": binding.Mechanism.AES_GCM, "mechanism_param": parameters}
