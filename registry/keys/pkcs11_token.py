"""A key in a token, reached again after the token was away; the library of its maker is loaded when it is first used.

A PKCS#11 library is one per process, and so are its logins: everything here takes its turn. A token's answers come in
milliseconds, and no more than the root key and signatures are asked of it.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

from biometrics.errors import ConfigurationError, KeyUnavailableError
from registry.keys.pkcs11_uri import TokenKey

Made = TypeVar("Made")

_TURN = threading.RLock()
_REFUSED: dict[tuple[str, str | None, str | None], bytes] = {}
"""Digest of the PIN that a token refused last: it locks itself after a few, and work that failed is tried again."""
_CONNECT = "connect the token, start its service, or correct the settings; then try again"


def pkcs11() -> ModuleType:
    """Return the binding to PKCS#11 libraries.

    Raises
    ------
    ConfigurationError
        When it is not installed.
    """
    try:
        import pkcs11 as binding  # noqa: PLC0415 - an option of the installation
    except ImportError as error:
        raise ConfigurationError(
            "keys in tokens need python-pkcs11, which is not installed", remedy="install kura with the extra hsm"
        ) from error
    return binding


class TokenSession:
    """A login at a token, made anew where the token was away; safe to share between threads.

    Parameters
    ----------
    key
        Which token, and where the PIN is.
    """

    def __init__(self, key: TokenKey) -> None:
        self.key = key
        self._session: Any = None

    def perform(self, ask: Callable[[Any], Made], *, writable: bool = False) -> Made:
        """Return what a question to the open session answers; it is asked twice where a session turns out stale.

        Parameters
        ----------
        ask
            The question, given the session.
        writable
            Whether it makes objects in the token.

        Raises
        ------
        KeyUnavailableError
            When the token does not answer, refuses the PIN, or has no such object.
        ConfigurationError
            When the library cannot be loaded.
        """
        errors = pkcs11()
        with _TURN:
            if self._session is not None and not writable:
                try:
                    return ask(self._session)
                except errors.PKCS11Error:
                    self._session = None  # the token was away, or somebody else logged out
            try:
                self._session = self._open(writable)
                return ask(self._session)
            except errors.PKCS11Error as error:
                self._session = None
                raise self._unavailable(error) from error

    def _open(self, writable: bool) -> Any:
        """Log in; a library that lost its token is started anew once."""
        errors = pkcs11()
        pin = self.key.pin()
        token, digest = (self.key.module, self.key.token, self.key.serial), hashlib.sha256(pin.encode()).digest()
        if hmac.compare_digest(_REFUSED.get(token, b""), digest):
            raise errors.PinIncorrect
        try:
            opened = self._log_in(self._library(), pin, writable)
            _REFUSED.pop(token, None)
            return opened
        except (errors.PinIncorrect, errors.PinLocked, errors.PinInvalid, errors.PinLenRange):
            _REFUSED[token] = digest
            raise  # another try would bring the token nearer to locking itself
        except errors.PKCS11Error:
            library = self._library()
            library.reinitialize()
            return self._log_in(library, pin, writable)

    def _library(self) -> Any:
        errors = pkcs11()
        try:
            return errors.lib(self.key.module)
        except errors.PKCS11Error as error:
            if type(error) is not errors.PKCS11Error:  # the binding says so when it cannot load a file
                raise
            raise ConfigurationError(
                "the library of the token cannot be loaded", source=self.key.module, remedy="correct module-path"
            ) from error

    def _log_in(self, library: Any, pin: str, writable: bool) -> Any:
        wanted = {"token_label": self.key.token, "token_serial": self.key.serial}
        if wanted["token_serial"] is not None:
            wanted["token_serial"] = wanted["token_serial"].encode()  # type: ignore[assignment]
        token = library.get_token(**{name: value for name, value in wanted.items() if value is not None})
        try:
            return token.open(user_pin=pin, rw=writable)
        except pkcs11().UserAlreadyLoggedIn:  # by another session of this process, which counts for all
            return token.open(rw=writable)

    def _unavailable(self, error: Exception) -> KeyUnavailableError:
        kind = type(error).__name__
        if kind.startswith("Pin"):
            remedy = (
                "correct the PIN where pin-source says, or restart where the token was at fault; it was tried once only"
            )
            return KeyUnavailableError(f"the token refuses the PIN ({kind})", source=self.key.name, remedy=remedy)
        if kind == "NoSuchKey":
            remedy = "correct the settings, or make the key: kura keys token"
            return KeyUnavailableError("the token has no such key", source=self.key.name, remedy=remedy)
        return KeyUnavailableError(f"the token does not answer ({kind})", source=self.key.name, remedy=_CONNECT)

    def find(self, session: Any, kind: str) -> Any:
        """Return the object of the URI.

        Parameters
        ----------
        session
            An open session.
        kind
            Name of a PKCS#11 object class: SECRET_KEY, PRIVATE_KEY, PUBLIC_KEY.
        """
        return session.get_key(object_class=pkcs11().ObjectClass[kind], label=self.key.label, id=self.key.identifier)
