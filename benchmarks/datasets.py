"""The samples of a benchmark and whose they are; finds those of fingers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from biometrics.errors import ConfigurationError
from biometrics.images import SUFFIXES

_IMPRESSION = re.compile(r".+_\d+", re.ASCII)
_FVC = re.compile(r"fvc[ _-]?(?P<year>20\d\d).*?db[ _-]?(?P<database>\d)", re.IGNORECASE)

_FVC_PPI = {("2002", "2"): 569.0, ("2004", "3"): 512.0, ("2006", "1"): 250.0, ("2006", "2"): 569.0}
"""Databases whose sensor has other than 500 ppi (Maio et al., FVC2002, ICPR 2002; FVC2004, ICBA 2004; Cappelli et al.,
FVC2006, 2007). The resolution tags in the published TIFF files are wrong."""


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
        Resolution that the data set is known to have; None leaves it to the file.
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


def finger_sets(folders: Iterable[Path], ppi: float | None = None) -> tuple[DataSet, ...]:
    """Find prints named `<finger>_<impression>.<suffix>`, as the FVC databases are.

    A folder without prints stands for those of its folders that hold some. The resolution is `ppi` where given, else
    what is known about the FVC database the folder is named after (`fvc2002_DB2_B`: 569), else the file's own.

    Raises
    ------
    ConfigurationError
        When a folder is missing, holds no such prints, or two have the same name.
    """
    found = [_finger_set(place, ppi) for folder in folders for place in _places(folder)]
    _require_different_names(found)
    return tuple(found)


def fvc_ppi(folder_name: str) -> float | None:
    """Return the resolution of the FVC database a folder is named after; None when it is named after none."""
    named = _FVC.search(folder_name)
    return _FVC_PPI.get((named["year"], named["database"]), 500.0) if named else None


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
    named = [path for path in files if _IMPRESSION.fullmatch(path.stem)]
    return sorted(named, key=lambda path: (path.stem.rpartition("_")[0], int(path.stem.rpartition("_")[2])))


def _finger_set(folder: Path, ppi: float | None) -> DataSet:
    name = folder.resolve().name
    resolution = ppi if ppi is not None else fvc_ppi(name)
    samples = (
        SampleFile(name=path.name, path=path, subject=path.stem.rpartition("_")[0], ppi=resolution)
        for path in _prints(folder)
    )
    return DataSet(name=name, samples=tuple(samples))


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


def _require_different_names(sets: Iterable[DataSet]) -> None:
    twice = [name for name, times in Counter(data.name for data in sets).items() if times > 1]
    if twice:
        raise ConfigurationError(
            f"two folders are named {twice[0]}", remedy="rename one, so that figures can be told apart"
        )
