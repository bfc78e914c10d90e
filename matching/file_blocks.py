"""Blocks of numbers in memory, or in nameless files that the system reads as they are used."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import StorageError


def new_block(dtype: np.dtype[Any], shape: tuple[int, ...], folder: Path | None, what: str) -> NDArray[Any]:
    """Return room for numbers; memory is taken up only as it is written.

    Parameters
    ----------
    dtype, shape
        Of the block.
    folder
        Where it lies in a file without a name, gone with the block; None for memory.
    what
        What it will hold, for the message of an error.

    Raises
    ------
    StorageError
        When the folder takes no file, or the disk is full.
    """
    if folder is None:
        return np.empty(shape, dtype=dtype)
    size = int(np.prod(shape)) * dtype.itemsize
    try:
        with tempfile.TemporaryFile(dir=folder) as file:  # the mapping keeps it, without a name
            # Room is taken at once: a disk found full through the mapping would end the whole process.
            os.posix_fallocate(file.fileno(), 0, size)
            return np.asarray(np.memmap(file, dtype=dtype, mode="w+", shape=shape))
    except OSError as error:
        raise StorageError(
            f"{what} cannot be kept on disk: {error.strerror}",
            source=str(folder),
            remedy="check free space and permissions",
        ) from error
