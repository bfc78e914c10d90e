"""Small files of a run: a value as JSON with its own digest, there whole or not at all."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, TypeVar, cast

from biometrics.errors import BiometricsError, RecordNotFoundError, StorageError
from biometrics.files import write_whole
from enrollment.engine.codec import decode, encode

Value = TypeVar("Value")

BEGIN_ANEW = "begin a new run with kura dedup run"


def write_document(path: Path, value: object) -> None:
    """Write a dataclass, for its owner's eyes only.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    content = encode(value, type(value), [])
    document = {"content": content, "sha256": _digest(content)}
    write_whole(path, (json.dumps(document, indent=1) + "\n").encode())


def read_document(path: Path, kind: type[Value]) -> Value:
    """Read a dataclass.

    Raises
    ------
    RecordNotFoundError
        When there is no such file.
    StorageError
        When it cannot be read, or is not what was written.
    """
    try:
        document: Any = json.loads(path.read_bytes())
        if document["sha256"] != _digest(document["content"]):
            raise ValueError
        return cast("Value", decode(document["content"], kind, []))
    except FileNotFoundError as error:
        raise RecordNotFoundError("a file of the run is missing", source=str(path), remedy=BEGIN_ANEW) from error
    except OSError as error:
        message = f"a file of the run cannot be read: {error.strerror}"
        raise StorageError(message, source=str(path), remedy="check permissions and the disk") from error
    except (ValueError, KeyError, TypeError, RecursionError, BiometricsError) as error:
        raise StorageError("a file of the run is damaged", source=str(path), remedy=BEGIN_ANEW) from error


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
