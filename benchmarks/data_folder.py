"""A folder of samples as it is named on the command line: `DIR`, or `DIR:PPI` for prints."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

from api.verbs import arguments as shared


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFolder:
    """Where samples lie, and the resolution that was said of them.

    Parameters
    ----------
    path
        The folder.
    ppi
        Pixels per inch; None where nothing was said.
    """

    path: Path
    ppi: float | None = None

    def __str__(self) -> str:
        """Return it as it is asked for, without what is particular to one machine."""
        name = self.path.resolve().name
        return name if self.ppi is None else f"{name}:{self.ppi:g}"


def data_folder(text: str) -> DataFolder:
    """Read `DIR` or `DIR:PPI`; a folder whose own name ends like a resolution is taken as it stands.

    Raises
    ------
    argparse.ArgumentTypeError
        When the folder is empty text, or what follows it is no resolution.
    """
    whole = shared.folder(text)
    before, colon, stated = text.rpartition(":")
    if not colon or whole.is_dir():
        return DataFolder(path=whole)
    ppi = _resolution(stated)
    if ppi is None and not Path(before).is_dir():
        return DataFolder(path=whole)  # a path with a colon that is not there: whoever opens it says so
    if ppi is None:
        raise argparse.ArgumentTypeError(f"{stated!r} after the colon is not a number of pixels per inch")
    return DataFolder(path=shared.folder(before), ppi=ppi)


def _resolution(text: str) -> float | None:
    try:
        ppi = float(text)
    except ValueError:
        return None
    return ppi if math.isfinite(ppi) and ppi > 0 else None
