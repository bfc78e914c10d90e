"""The key of a home that names none: a file in it, made with the registry."""

from __future__ import annotations

from pathlib import Path

from registry.database import Database
from registry.keys.encryption import FileKeyEncryption
from registry.keys.key_file import make_key
from registry.keys.naming import has_root

DEFAULT_KEY_FILE = "protection.key"


def home_key(home: Path, database: Database) -> FileKeyEncryption:
    """Return the key in a home's file, which is made as long as nothing is protected by it.

    Raises
    ------
    KeyUnavailableError
        When it is missing, others may read it, or it is no key.
    """
    path = home / DEFAULT_KEY_FILE
    with database.reading() as connection:
        protected = has_root(connection)
    if not protected:
        make_key(path)
    return FileKeyEncryption(path)
