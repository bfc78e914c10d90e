"""Models ready to run, in the user's cache: built from published weights at first use, verified at every use.

Next to each built file lies a manifest with the digest of what was built, from what and by which builder. File and
manifest are each replaced whole; whoever dies in between leaves a pair that does not fit together, and the next use
builds again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pkgutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import structlog

from biometrics.errors import ModelUnavailableError, StorageError
from biometrics.files import write_whole
from biometrics.places import cache_folder
from biometrics.protocols import Progress, no_progress
from models.catalogue import CATALOGUE, CatalogueEntry, entry_of
from models.sources import read_source

_log = structlog.get_logger(__name__)

_PUBLIC = 0o644
"""Mode of built files: published weights, which users who share a cache may read."""


class ModelStore:
    """The folder of built models; safe to share between threads and processes.

    Parameters
    ----------
    folder
        Where built files lie; None for `models` in the user's cache folder.
    catalogue
        The models that can be built.
    """

    def __init__(self, folder: Path | None = None, *, catalogue: tuple[CatalogueEntry, ...] = CATALOGUE) -> None:
        self._folder = cache_folder() / "models" if folder is None else folder
        self._catalogue = catalogue

    @property
    def folder(self) -> Path:
        """Where built files lie."""
        return self._folder

    @property
    def catalogue(self) -> tuple[CatalogueEntry, ...]:
        """The models that can be built."""
        return self._catalogue

    def prepare(self, progress: Progress = no_progress, only: Collection[str] | None = None) -> None:
        """Build whatever is missing, damaged or outdated, all models or those named in `only`.

        Raises
        ------
        ModelUnavailableError
            When a name is unknown or its published weights are not installed.
        StorageError
            When the cache folder cannot be written.
        """
        wanted = self._catalogue if only is None else tuple(entry_of(name, self._catalogue) for name in only)
        for done, entry in enumerate(wanted):
            progress(done, len(wanted), entry.model_id)
            self.path(entry.model_id)
        if wanted:
            progress(len(wanted), len(wanted), wanted[-1].model_id)

    def is_ready(self, model_id: str) -> bool:
        """Return whether the built file is there, whole and current; builds nothing."""
        return _fault(self._folder, entry_of(model_id, self._catalogue)) is None

    def path(self, model_id: str) -> Path:
        """Return the verified ONNX file of a model, building it first where necessary.

        Raises
        ------
        ModelUnavailableError
            When the model is unknown or its published weights are not installed.
        StorageError
            When the cache folder cannot be written.
        """
        entry = entry_of(model_id, self._catalogue)
        if _fault(self._folder, entry) is not None:
            with _only_builder(self._folder):
                fault = _fault(self._folder, entry)  # another process may have built it while we waited
                if fault is not None:
                    self._rebuild(entry, fault)
        return self._folder / entry.built_file

    def _rebuild(self, entry: CatalogueEntry, fault: str) -> None:
        if fault == _MISSING:
            _log.info("model.build", model=entry.model_id)
        else:
            _log.warning("model.rebuild", model=entry.model_id, because=fault)
        for abandoned in self._folder.glob(f".{entry.built_file}.*"):  # by a process that was killed while it wrote
            abandoned.unlink(missing_ok=True)
        source = read_source(entry)
        build = cast(Callable[[bytes], bytes], pkgutil.resolve_name(entry.builder))
        built = build(source)
        manifest = _manifest(entry, built)
        described = json.dumps(manifest, indent=1, sort_keys=True).encode()
        write_whole(self._folder / entry.built_file, built, mode=_PUBLIC)
        write_whole(_manifest_path(self._folder, entry), described, mode=_PUBLIC)
        _sync_folder(self._folder)
        remaining = _fault(self._folder, entry)
        if remaining is not None:
            raise ModelUnavailableError(
                f"the model was built, but then {remaining}",
                source=entry.model_id,
                remedy="check the disk that holds the cache folder",
            )


_MISSING = "there is no such file"


def _fault(folder: Path, entry: CatalogueEntry) -> str | None:
    """Return why the built file must not be used, or None when it may."""
    try:
        built = (folder / entry.built_file).read_bytes()
    except FileNotFoundError:
        return _MISSING
    except OSError as error:
        return f"the file cannot be read ({error.strerror})"
    try:
        manifest = json.loads(_manifest_path(folder, entry).read_bytes())
    except (OSError, ValueError):
        return "its manifest is missing or unreadable"
    expected = _manifest(entry, built)
    if not isinstance(manifest, dict) or manifest.keys() != expected.keys():
        return "its manifest has another form"
    differing = sorted(key for key in expected if manifest[key] != expected[key])
    return f"{', '.join(differing)} differ from the manifest" if differing else None


def _manifest(entry: CatalogueEntry, built: bytes) -> dict[str, str | int]:
    return {
        "model_id": entry.model_id,
        "source_sha256": entry.source_sha256,
        "builder": entry.builder,
        "builder_version": entry.builder_version,
        "built_sha256": hashlib.sha256(built).hexdigest(),
    }


def _manifest_path(folder: Path, entry: CatalogueEntry) -> Path:
    return folder / f"{entry.built_file}.json"


@contextmanager
def _only_builder(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, so that of several processes one builds and the others find its result."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / ".building", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StorageError(
            f"the cache folder cannot be written: {error.strerror}",
            source=str(folder),
            remedy="set KURA_CACHE to a folder of yours",
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released by the system should this process die
        yield
    finally:
        os.close(lock)


def _sync_folder(folder: Path) -> None:
    """Make the new directory entries survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
