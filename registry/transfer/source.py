"""What an import reads: a folder, or a file of lines beside which images may lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from biometrics.errors import ManifestError, RecordConflictError
from registry.failures import file_error
from registry.transfer.manifest import PERSONS, Manifest, file_sha256

_RESTORE = "put the file back as it was; the changed one is imported under another name"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSource:
    """A file of persons as it was when the import began.

    Parameters
    ----------
    lines
        The file.
    folder
        Where samples and CBEFF files lie.
    size, changed_ns
        Bytes, and when it was last changed.
    sha256
        Of the whole file: another content is another import.
    """

    lines: Path
    folder: Path
    size: int
    changed_ns: int
    sha256: str

    @property
    def name(self) -> str:
        """The file, however it was named."""
        return str(self.lines.resolve())

    def require_unchanged(self) -> None:
        """Refuse to go on with a file that was written to.

        Raises
        ------
        RecordConflictError
            When its size or time of change is not what it was.
        StorageError
            When it cannot be looked at.
        """
        if (self.size, self.changed_ns) != _state(self.lines):
            raise RecordConflictError("the file changed while it was imported", source=str(self.lines), remedy=_RESTORE)


def open_source(path: Path) -> ImportSource:
    """Return what to import from a folder with a manifest, or from a file of lines.

    Raises
    ------
    ManifestError
        When the folder is not complete, or its file of persons is not what the manifest says.
    StorageError
        When something cannot be read.
    """
    folder = path if path.is_dir() else path.parent
    manifest = Manifest.read(folder) if path.is_dir() else None
    lines = folder / PERSONS if path.is_dir() else path
    size, changed_ns = _state(lines)
    sha256 = file_sha256(lines)
    if manifest is not None and (manifest.persons_bytes, manifest.persons_sha256) != (size, sha256):
        raise ManifestError(
            "the file of persons is not what the manifest says",
            source=str(lines),
            remedy="copy the whole folder again from its origin",
        )
    return ImportSource(lines=lines, folder=folder, size=size, changed_ns=changed_ns, sha256=sha256)


def changed_source(name: str, line: int) -> RecordConflictError:
    """Return the error for a file whose import was interrupted and that is another one now."""
    return RecordConflictError(
        f"the file changed since its import was interrupted at line {line}", source=name, remedy=_RESTORE
    )


def require_source(path: Path) -> None:
    """Refuse a path where nothing is, before anything is made for its sake.

    Raises
    ------
    ManifestError
        When there is neither a file nor a folder.
    """
    if not path.exists():
        raise ManifestError("there is no such file or folder", source=str(path), remedy="check the path")


def _state(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise file_error(error, path) from error
    return status.st_size, status.st_mtime_ns
