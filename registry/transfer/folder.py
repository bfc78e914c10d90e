"""A folder that an export fills: lines appended in pieces, files under their digests, and how far it has come."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from biometrics.errors import ConfigurationError
from biometrics.files import write_whole
from biometrics.images import decode_image
from biometrics.interchange.cbeff_pictures import WrappedPicture, wrap_picture
from biometrics.interchange.cbeff_writing import write_cbeff
from biometrics.records import StoredSample
from registry.failures import file_error
from registry.samples import make_folder
from registry.transfer.manifest import MANIFEST, PERSONS, file_sha256
from registry.transfer.preparing import sample_path

_PART, _STATE = "persons.jsonl.part", "export.json"
_CBEFF = "cbeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportState:
    """How far an export has come.

    Parameters
    ----------
    gallery, cbeff
        What it was asked for.
    first_event
        Number of the last audit event when it began.
    subject_id
        The last person who is done; empty before the first.
    line_bytes
        How much of the file of persons belongs to what is done.
    persons, simulated_persons, encounters, samples, references, models
        What is done.
    """

    gallery: str | None
    cbeff: bool
    first_event: int
    subject_id: str = ""
    line_bytes: int = 0
    persons: int = 0
    simulated_persons: int = 0
    encounters: int = 0
    samples: int = 0
    references: int = 0
    models: tuple[str, ...] = ()


class ExportFolder:
    """The folder of one export.

    Parameters
    ----------
    folder
        Made when it is not there, for its owner's eyes only.

    Raises
    ------
    ConfigurationError
        When the folder holds something else, or an export that is finished.
    StorageError
        When it cannot be made or read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            make_folder(folder.resolve())
            for name in (_STATE, MANIFEST):  # half of a file that an interrupted export was writing
                for left in folder.glob(f".{name}.*"):
                    left.unlink()
            names = {path.name for path in folder.iterdir()}
        except OSError as error:
            raise file_error(error, folder) from error
        if MANIFEST in names:
            raise ConfigurationError(
                "the folder holds an export that is finished", source=str(folder), remedy="name another folder"
            )
        if names and _STATE not in names:
            raise ConfigurationError("the folder is not empty", source=str(folder), remedy="name another folder")
        if PERSONS in names:
            (folder / PERSONS).rename(folder / _PART)  # interrupted just before its manifest was written

    def state(self) -> ExportState | None:
        """Return how far an interrupted export has come; None when nothing was done yet.

        Raises
        ------
        ConfigurationError
            When that cannot be read.
        """
        try:
            document: dict[str, Any] = json.loads((self.folder / _STATE).read_bytes())
            document["models"] = tuple(document["models"])
            return ExportState(**{field.name: document[field.name] for field in fields(ExportState)})
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                "what is left of an interrupted export cannot be read",
                source=str(self.folder),
                remedy="name another folder",
            ) from error

    def keep(self, state: ExportState) -> None:
        """Record durably how far the export has come."""
        write_whole(self.folder / _STATE, json.dumps(asdict(state)).encode())

    def append(self, start: int, lines: Iterable[str]) -> int:
        """Write lines durably from a byte on, and return where they end; what was there behind it is gone.

        Raises
        ------
        StorageError
            When the disk is full or the file cannot be written.
        """
        path = self.folder / _PART
        data = b"".join(f"{line}\n".encode() for line in lines)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "r+b") as file:
                file.truncate(start)
                file.seek(start)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise file_error(error, path) from error
        return start + len(data)

    def keep_file(self, sha256: str, data: bytes) -> None:
        """Write a sample under its digest, unless it is there already."""
        path = sample_path(self.folder, sha256)
        if not (path.is_file() and path.stat().st_size == len(data)):
            write_whole(path, data)

    def keep_cbeff(self, encounter_id: str, samples: Iterable[tuple[StoredSample, bytes]]) -> str:
        """Write the samples of an encounter as one CBEFF file, and return its path from the folder on.

        Raises
        ------
        ImageFormatError
            When a sample cannot be decoded, which its record has to describe.
        """
        name = f"{_CBEFF}/{encounter_id[:2]}/{encounter_id}.xml"
        write_whole(self.folder / name, b"".join(write_cbeff(_wrapped(samples))))
        return name

    def finish_lines(self) -> tuple[int, str]:
        """Give the file of persons its name; return its size and digest.

        Raises
        ------
        StorageError
            When it cannot be renamed or read.
        """
        part, path = self.folder / _PART, self.folder / PERSONS
        try:
            part.rename(path)
            return path.stat().st_size, file_sha256(path)
        except OSError as error:
            raise file_error(error, path) from error

    def forget_state(self) -> None:
        """Remove what only an unfinished export needs."""
        (self.folder / _STATE).unlink(missing_ok=True)


def _wrapped(samples: Iterable[tuple[StoredSample, bytes]]) -> Iterator[Any]:
    for sample, data in samples:
        height, width = decode_image(data, source=sample.sha256).pixels.shape[:2]
        yield wrap_picture(
            WrappedPicture(
                data=data,
                position=sample.position,
                width=width,
                height=height,
                ppi=sample.ppi,
                quality=sample.quality.value,
                captured_at=sample.captured_at,
                simulated=sample.simulated,
            )
        )
