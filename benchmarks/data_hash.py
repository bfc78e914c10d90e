"""A digest that says which data a figure was measured on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

_BLOCK_BYTES = 1 << 20
_UNREADABLE = bytes(hashlib.sha256().digest_size)


def data_hash(files: Mapping[str, Path]) -> str:
    """Return the SHA-256 over names and contents, whatever the order and wherever the files lie.

    A file that cannot be read counts with its name alone.

    Parameters
    ----------
    files
        The name each file has in the data set, and where it is.
    """
    whole = hashlib.sha256()
    for name in sorted(files):
        encoded = name.encode()
        # Length before name, and a digest of fixed length after it: no two sets of files read the same.
        whole.update(len(encoded).to_bytes(8, "little"))
        whole.update(encoded)
        whole.update(_content_digest(files[name]))
    return whole.hexdigest()


def _content_digest(path: Path) -> bytes:
    content = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                content.update(block)
    except OSError:
        return _UNREADABLE
    return content.digest()
