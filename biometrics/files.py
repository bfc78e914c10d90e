"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from biometrics.errors import StorageError


def write_whole(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write a file that is there whole or not at all, replacing an older one.

    Parameters
    ----------
    path
        The file; missing folders are made.
    data
        Its content.
    mode
        Who may read it, whatever the umask says: by default the owner only, since most of what is written shows or
        names people. Pass 0o644 for what is public.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(mode)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except (FileExistsError, NotADirectoryError) as error:
        raise StorageError(
            "the file cannot be written: another file stands where its folder would be",
            source=str(path),
            remedy="name another folder",
        ) from error
    except OSError as error:
        raise StorageError(
            f"the file cannot be written: {error.strerror}",
            source=str(path),
            remedy="check free space and permissions",
        ) from error
