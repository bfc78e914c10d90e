"""What an installation may choose about the key that protects it: the table `[protection]` of its settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from biometrics.errors import ConfigurationError, StorageError
from biometrics.files import write_whole
from registry.keys.choosing import ENVIRONMENT, check_choice, key_path, open_key
from registry.keys.default import DEFAULT_KEY_FILE
from registry.keys.encryption import KeyEncryption

_HEADER, _NAME = "[protection]", "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionSettings:
    """Which key from outside opens the registry; docs/keys.md explains the choices.

    Parameters
    ----------
    key
        `file:PATH`, `env:NAME`, `pkcs11:...`, in need `recovery:PATH`; empty for the file `protection.key` in the home.
    """

    key: str = ""

    def __post_init__(self) -> None:
        if self.key:
            try:
                check_choice(self.key)
            except ConfigurationError as error:
                raise ConfigurationError(f"protection.key: {error.message}", remedy=error.remedy) from None

    def open(self) -> KeyEncryption | None:
        """Open the key; None stands for the home's own.

        Raises
        ------
        KeyUnavailableError
            When it is missing or cannot be used.
        """
        return open_key(self.key) if self.key else None

    def file_in(self, home: Path) -> Path:
        """Return the file in which a home keeps its key unless the settings name another."""
        return (key_path(self.key) if self.key else None) or home / DEFAULT_KEY_FILE

    def lies_in(self, home: Path) -> bool:
        """Return whether whoever copies the home has the key too."""
        path = key_path(self.key) if self.key else home / DEFAULT_KEY_FILE
        return path is not None and path.resolve().is_relative_to(home.resolve())

    @property
    def variable(self) -> str | None:
        """The environment variable that holds the key, if one does."""
        return self.key[len(ENVIRONMENT) :] if self.key.startswith(ENVIRONMENT) else None


def name_key(path: Path, key: str) -> None:
    """Let a settings file name a key, and leave the rest of it as it is.

    Raises
    ------
    StorageError
        When it cannot be read or written.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"the settings cannot be read: {error}", source=str(path)) from error
    quoted = key.replace("\\", "\\\\").replace('"', '\\"')
    write_whole(path, ("\n".join(_with_key(lines, f'{_NAME} = "{quoted}"')) + "\n").encode())


def _with_key(lines: list[str], line: str) -> list[str]:
    headers = [number for number, text in enumerate(lines) if text.strip() == _HEADER]
    if not headers:
        return [*lines, "", _HEADER, line]
    start = headers[0] + 1
    end = next((n for n in range(start, len(lines)) if lines[n].lstrip().startswith("[")), len(lines))
    table = [text for text in lines[start:end] if text.split("=")[0].strip() != _NAME]
    return [*lines[:start], line, *table, *lines[end:]]


DEFAULT_PROTECTION = ProtectionSettings()
