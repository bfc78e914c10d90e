"""What a backup says about itself; written last, so that a folder with a manifest holds a whole backup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from biometrics.errors import RecordError, RecordNotFoundError, RecordVersionError
from biometrics.files import write_whole
from registry.failures import file_error

FORMAT = "kura-backup/2"
FILE_NAME = "backup.json"

_INCOMPLETE = "the backup is not whole, or was edited"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFile:
    """One table: its columns in the order of the values in each line, its lines, and the SHA-256 of the file."""

    columns: tuple[str, ...]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupManifest:
    """A backup: of which state of the registry it is, and what it consists of.

    Parameters
    ----------
    made_at
        UTC, ISO 8601.
    schema_version
        Version of the tables.
    change_sequence, event_sequence, event_digest
        The last change and the last audit event with its digest.
    tables
        The files `tables/NAME.jsonl` by table.
    samples
        How many sample files there are.
    sample_list
        The file `samples.jsonl` that names them.
    """

    made_at: str
    schema_version: int
    change_sequence: int
    event_sequence: int
    event_digest: str
    tables: Mapping[str, TableFile]
    samples: int
    sample_list: TableFile


def write_manifest(folder: Path, manifest: BackupManifest) -> None:
    """Declare a backup whole."""
    document = {"format": FORMAT, **asdict(manifest)}
    write_whole(folder / FILE_NAME, (json.dumps(document, indent=2) + "\n").encode())


def read_manifest(folder: Path) -> BackupManifest:
    """Read what a backup says about itself.

    Raises
    ------
    RecordNotFoundError
        When the folder holds no backup, or one that was not finished.
    RecordVersionError
        When another version of Kura wrote it.
    RecordError
        When the manifest is damaged.
    """
    path = folder / FILE_NAME
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        remedy = (
            "name the folder that kura registry backup wrote; an unfinished one can be finished by the same command"
        )
        raise RecordNotFoundError("there is no finished backup here", source=str(folder), remedy=remedy) from error
    except OSError as error:
        raise file_error(error, path) from error
    except (ValueError, RecursionError) as error:
        raise RecordError(_INCOMPLETE, source=str(path), remedy="use another backup") from error
    if isinstance(document, dict) and document.get("format") not in (FORMAT, None):
        raise RecordVersionError(
            f"this backup is of format {str(document['format'])[:40]!r}, this Kura reads {FORMAT}",
            source=str(path),
            remedy="restore it with the Kura that wrote it, or a newer one",
        )
    return _manifest_of(document, path)


def _manifest_of(document: Any, path: Path) -> BackupManifest:
    try:
        del document["format"]
        tables = {
            str(name): TableFile(columns=tuple(one.pop("columns")), **one)
            for name, one in document.pop("tables").items()
        }
        listed = document.pop("sample_list")
        sample_list = TableFile(columns=tuple(listed.pop("columns")), **listed)
        return BackupManifest(tables=tables, sample_list=sample_list, **document)
    except (KeyError, TypeError, AttributeError) as error:
        raise RecordError(_INCOMPLETE, source=str(path), remedy="use another backup") from error
