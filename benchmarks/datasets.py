"""The samples of a benchmark and whose they are; finds those of fingers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.data_folder import DataFolder
from biometrics.arrays import Ids
from biometrics.errors import ConfigurationError, ResolutionError
from biometrics.images import SUFFIXES
from biometrics.samples import check_ppi

_IMPRESSION = re.compile(r".+_\d+", re.ASCII)

DEFAULT_PPI = 500.0
"""Of prints about which nothing is said: what fingerprint standards ask for. The tags of published FVC files are wrong,
so files are not believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFile:
    """One image, whose it is, and what is said about it.

    Parameters
    ----------
    name
        Path inside the data set.
    path
        Where it is.
    subject
        Person or finger; equal for the samples that must match.
    ppi
        Pixels per inch of a print, whatever its file says; None for portraits.
    labels
        Columns of `labels.csv`, where there is one.
    """

    name: str
    path: Path
    subject: str
    ppi: float | None = None
    labels: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """Samples that are compared with each other."""

    name: str
    samples: tuple[SampleFile, ...]

    @property
    def files(self) -> dict[str, Path]:
        """Every file by a name that says nothing about where it lies."""
        return {f"{self.name}/{sample.name}": sample.path for sample in self.samples}

    @property
    def subjects(self) -> int:
        """Different persons or fingers."""
        return len({sample.subject for sample in self.samples})

    @property
    def subject_numbers(self) -> Ids:
        """Number of the subject of each sample, int64 [samples]."""
        return np.unique([sample.subject for sample in self.samples], return_inverse=True)[1].astype(np.int64)


def finger_sets(folders: Iterable[DataFolder]) -> tuple[DataSet, ...]:
    """Find prints named `<finger>_<impression>.<suffix>`, as the FVC databases are.

    A folder without prints stands for those of its folders that hold some. The resolution is what was said of the
    folder, else 500 ppi; what the files say does not count. A set is named after its folder, and after the one around
    that where two have the same name.

    Raises
    ------
    ConfigurationError
        When a folder is missing or holds no such prints, a print is there twice, a folder is, or no
        scanner has such a resolution.
    """
    places = [(place, _ppi(folder)) for folder in folders for place in _places(folder.path)]
    names = _different_names([place.resolve() for place, _ in places])
    return tuple(_finger_set(place, name, ppi) for (place, ppi), name in zip(places, names, strict=True))


def _ppi(folder: DataFolder) -> float:
    try:
        return DEFAULT_PPI if folder.ppi is None else check_ppi(folder.ppi)
    except ResolutionError as error:
        raise ConfigurationError(error.message, source=str(folder), remedy="give the true one as DIR:PPI") from error


def _places(folder: Path) -> list[Path]:
    require_folder(folder)
    if _prints(folder):
        return [folder]
    inner = [place for place in sorted(folder.iterdir()) if place.is_dir() and _prints(place)]
    if not inner:
        raise ConfigurationError(
            "no prints named <finger>_<impression> in this folder",
            source=str(folder),
            remedy="name the files like 101_1.png, the same number before the underscore for the same finger",
        )
    return inner


def _prints(folder: Path) -> list[Path]:
    """Return the prints by finger and impression, in the order of their numbers."""
    files = (path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    named = [path for path in files if _IMPRESSION.fullmatch(path.stem) and not path.name.startswith(".")]
    return sorted(named, key=_order)


def _order(path: Path) -> tuple[str, int]:
    finger, _, impression = path.stem.rpartition("_")
    return finger, int(impression)


def _finger_set(folder: Path, name: str, ppi: float) -> DataSet:
    prints = _prints(folder)
    _require_each_once(prints)
    samples = (SampleFile(name=path.name, path=path, subject=path.stem.rpartition("_")[0], ppi=ppi) for path in prints)
    return DataSet(name=name, samples=tuple(samples))


def _require_each_once(prints: Sequence[Path]) -> None:
    # The same picture in two formats would be a genuine pair that matches perfectly.
    for one, other in pairwise(prints):
        if _order(one) == _order(other):
            raise ConfigurationError(
                f"{one.name} and {other.name} are the same impression of a finger",
                source=str(one.parent),
                remedy="keep one of them in the folder",
            )


def require_folder(folder: Path) -> Path:
    """Refuse a folder that is not there.

    Raises
    ------
    ConfigurationError
        Naming it.
    """
    if not folder.is_dir():
        raise ConfigurationError("no such folder", source=str(folder), remedy="check the path")
    return folder


def _different_names(folders: Sequence[Path]) -> list[str]:
    times = Counter(folder.name for folder in folders)
    names = [folder.name if times[folder.name] == 1 else f"{folder.parent.name}_{folder.name}" for folder in folders]
    for name, occurrences in Counter(names).items():
        if occurrences > 1:
            raise ConfigurationError(
                f"two sets of prints are named {name}",
                remedy="give each folder once, or rename one, so that figures can be told apart",
            )
    return names
