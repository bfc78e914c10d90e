"""Keys from outside by the text that names them: `file:PATH`, `env:NAME`, `pkcs11:...` or `recovery:PATH`."""

from __future__ import annotations

from pathlib import Path

from biometrics.errors import ConfigurationError
from registry.keys.encryption import FileKeyEncryption, KeyEncryption, environment_key
from registry.keys.key_file import make_key

FILE, ENVIRONMENT, TOKEN, RECOVERY = "file:", "env:", "pkcs11:", "recovery:"
FORMS = "file:PATH, env:NAME, pkcs11:... or recovery:PATH"


def check_choice(text: str) -> None:
    """Refuse what names no key; whether the key is there is not asked.

    Raises
    ------
    ConfigurationError
        When the text is in none of the forms, or a path is not absolute.
    """
    kind, rest = _parts(text)
    if kind in (FILE, RECOVERY) and not Path(rest).is_absolute():
        raise ConfigurationError("the path of a key must be absolute", source=text, remedy=f"write it as {kind}/...")
    if kind == TOKEN:
        from registry.keys.pkcs11_uri import TokenKey  # noqa: PLC0415

        TokenKey.parse(text)


def open_key(text: str) -> KeyEncryption:
    """Open the key that a text names.

    Raises
    ------
    ConfigurationError
        When the text is in none of the forms.
    KeyUnavailableError
        When the key is missing or cannot be used.
    """
    check_choice(text)
    kind, rest = _parts(text)
    if kind == FILE:
        return FileKeyEncryption(Path(rest))
    if kind == ENVIRONMENT:
        return environment_key(rest)
    if kind == RECOVERY:
        from registry.keys.recovery import RecoveryKeyEncryption  # noqa: PLC0415 - hardly ever

        return RecoveryKeyEncryption(Path(rest))
    # The library of tokens is an option; whoever has none does not load it.
    from registry.keys.pkcs11 import TokenKeyEncryption  # noqa: PLC0415
    from registry.keys.pkcs11_uri import TokenKey  # noqa: PLC0415

    return TokenKeyEncryption(TokenKey.parse(text))


def open_or_make_key(text: str) -> KeyEncryption:
    """Open the key that a text names; a file that is not there is made.

    Raises
    ------
    ConfigurationError, KeyUnavailableError
        As `open_key`.
    StorageError
        When the file cannot be written.
    """
    check_choice(text)
    kind, rest = _parts(text)
    if kind == FILE:
        make_key(Path(rest))
    return open_key(text)


def key_path(text: str) -> Path | None:
    """Return the file that a text names; None where it names none."""
    kind, rest = _parts(text)
    return Path(rest) if kind in (FILE, RECOVERY) else None


def _parts(text: str) -> tuple[str, str]:
    for kind in (FILE, ENVIRONMENT, TOKEN, RECOVERY):
        if text.startswith(kind) and len(text) > len(kind):
            return kind, text[len(kind) :]
    raise ConfigurationError("this names no key", remedy=f"write it as {FORMS}")
