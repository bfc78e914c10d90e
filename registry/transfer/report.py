"""The report of an import: a JSON line for each line that was refused, and why."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from biometrics.errors import BiometricsError
from registry.columns import canonical_json
from registry.failures import file_error
from registry.samples import make_folder


def refusal(number: int, error: BiometricsError) -> bytes:
    """Return the line that tells of a refused line, by its number: nothing that it says stands in the report."""
    told = {
        "line": number,
        "kind": error.kind,
        "message": error.message,
        "source": error.source,
        "remedy": error.remedy,
    }
    return f"{canonical_json(told)}\n".encode()


class ErrorReport:
    """The file of refusals; what was written behind the last commit is written anew.

    Parameters
    ----------
    path
        The file; it is made with the first refusal.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, start: int, refusals: Sequence[bytes]) -> int:
        """Write refusals durably from a byte on, and return where they end; what was there behind it is gone.

        Raises
        ------
        StorageError
            When the file cannot be written.
        """
        data = b"".join(refusals)
        if not data and not self.path.exists():
            return start
        try:
            make_folder(self.path.parent)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "r+b") as file:
                file.truncate(start)
                file.seek(start)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise file_error(error, self.path) from error
        return start + len(data)
