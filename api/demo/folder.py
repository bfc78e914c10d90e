"""The folder of a demo: people, an installation, a report; only what bears the demo's mark is ever deleted."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from biometrics.errors import ConfigurationError, RecordBusyError, StorageError
from biometrics.files import write_whole

MARK = "kura-demo.txt"
"""The file that tells a demo's folder from anybody else's."""

_FIRST_LINE = "This folder belongs to kura demo."
_NOTE = f"""{_FIRST_LINE}
Everybody in people/ and home/ is SIMULATED: computed from a number, not taken from anybody.
The next kura demo in this folder deletes people/, home/ and report.html and makes them anew; keep nothing here.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoFolder:
    """Where a demo puts its parts."""

    root: Path

    @property
    def people(self) -> Path:
        """The simulated persons' prints, manifest and truth."""
        return self.root / "people"

    @property
    def home(self) -> Path:
        """An installation of the demo's own."""
        return self.root / "home"

    @property
    def report(self) -> Path:
        """The page that shows what happened."""
        return self.root / "report.html"


@contextmanager
def emptied_folder(root: Path) -> Iterator[DemoFolder]:
    """Hand out a demo's folder without what an earlier demo left there, to one process at a time.

    The mark comes first and goes never, so that a demo which is interrupted at any moment leaves a folder that the next
    one knows as its own.

    Raises
    ------
    ConfigurationError
        When the folder holds something and is not a demo's; nothing is deleted.
    RecordBusyError
        When another demo works there.
    StorageError
        When it cannot be written.
    """
    folder = DemoFolder(root=root)
    with _reported(root):
        _claim(root)
        mark = os.open(root / MARK, os.O_RDONLY)
    try:
        _take_alone(mark, root)
        with _reported(root):
            for left_over in (folder.report, folder.people, folder.home):
                _delete(left_over)
        yield folder
    finally:
        os.close(mark)  # and with it the lock, which the system takes back should this process die


@contextmanager
def _reported(root: Path) -> Iterator[None]:
    try:
        yield
    except (FileExistsError, NotADirectoryError) as error:
        raise StorageError(
            "this is not a folder", source=str(error.filename or root), remedy="name another with --out"
        ) from error
    except OSError as error:
        raise StorageError(
            f"the demo's folder cannot be used: {error.strerror}",
            source=str(root),
            remedy="check space and permissions, or name another folder with --out",
        ) from error


def _claim(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    # A mark that was being written when the machine stopped leaves its unfinished copy.
    held = [path.name for path in root.iterdir() if not path.name.startswith(f".{MARK}.")]
    if not held:
        write_whole(root / MARK, _NOTE.encode())
    elif MARK not in held or not (root / MARK).read_bytes().startswith(_FIRST_LINE.encode()):
        raise ConfigurationError(
            "the folder holds other things than a demo; nothing in it was touched",
            source=str(root),
            remedy="name an empty or a new folder with --out",
        )


def _take_alone(mark: int, root: Path) -> None:
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise RecordBusyError(
            "another demo works in this folder", source=str(root), remedy="wait for it, or name another with --out"
        ) from error


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
