"""The folder of one person's capture: nothing, then an unfinished session, then pictures with their manifest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from api.shell import program, word
from biometrics.errors import CaptureError, ConfigurationError, StorageError
from biometrics.files import write_whole
from enrollment.capture.handing_over import MANIFEST
from enrollment.capture.session_folder import SessionFolder

_SESSION, _PERSON = "session", "person"
_ANOTHER = "name another --out"


@dataclass(frozen=True, slots=True)
class CaptureFolder:
    """Where a person is captured into.

    Parameters
    ----------
    path
        The folder, which need not exist.
    """

    path: Path

    @property
    def session(self) -> SessionFolder:
        """The unfinished capture, and its pictures."""
        return SessionFolder(self.path / _SESSION)

    @property
    def manifest(self) -> Path:
        """What `kura enroll` takes; where it is, the capture is finished."""
        return self.path / MANIFEST

    @property
    def next_command(self) -> str:
        """How the person is enrolled."""
        return f"{program()} enroll {word(self.manifest)}"

    def require_usable(self, label: str) -> bool:
        """Check that a person may be captured into the folder; return whether an unfinished capture is there.

        Raises
        ------
        ConfigurationError
            When it holds a finished capture, an unfinished one of another person, or something else.
        StorageError
            When it cannot be read.
        """
        try:
            there = {path.name for path in self.path.iterdir()} if self.path.exists() else set()
            if MANIFEST in there:
                self.erase_session()  # where the end of the capture was cut off
                raise self._unusable("a person was captured into this folder already", f"{self.next_command}, or ")
            if not self.session.holds_session:
                if there - {_SESSION}:
                    raise self._unusable("the folder holds other files")
                return False
            if (self.path / _SESSION / _PERSON).read_text(encoding="utf-8") != label:
                raise self._unusable("the unfinished capture in this folder is of another person")
        except OSError as error:
            raise StorageError(
                f"the folder cannot be read: {error.strerror}", source=str(self.path), remedy=_ANOTHER
            ) from error
        return True

    def begin(self, label: str) -> None:
        """Make the folder, for its owner alone, and note whose capture it will hold.

        Raises
        ------
        StorageError
            When it cannot be written.
        """
        for path in (self.path, self.session.path):
            try:
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise StorageError(
                    f"the folder cannot be made: {error.strerror}", source=str(path), remedy=_ANOTHER
                ) from error
        write_whole(self.session.path / _PERSON, label.encode())

    def erase_session(self) -> None:
        """Remove what was kept of the capture, now that it is finished.

        Raises
        ------
        StorageError
            When something stays.
        """
        try:
            (self.session.path / _PERSON).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(
                f"the folder cannot be written: {error.strerror}", source=str(self.path), remedy="remove it by hand"
            ) from error
        self.session.erase()

    def unfinished(self, waiting: str) -> CaptureError:
        """Return the error for a capture that waits for decisions."""
        return CaptureError(
            f"a person has to decide about {waiting}; all that was captured is kept",
            source=str(self.path),
            remedy="run the same command again in a terminal, and it asks",
        )

    def _unusable(self, why: str, instead: str = "") -> ConfigurationError:
        return ConfigurationError(why, source=str(self.path), remedy=instead + _ANOTHER)
