"""Finds portraits in a folder: whom they show, as far as folders tell, and what labels say about them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from biometrics.errors import ConfigurationError
from biometrics.images import SUFFIXES
from enrollment.population.labels import Labels, read_labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """One picture of one person.

    Parameters
    ----------
    name
        Path inside the folder, with forward slashes.
    path
        Where it is.
    person
        Equal for the pictures of one person, as far as folders tell.
    labels
        Values by column; None where nothing is said.
    """

    name: str
    path: Path
    person: str
    labels: Labels | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortraitFolder:
    """The portraits of a folder.

    Parameters
    ----------
    name
        Of the folder.
    portraits
        By name.
    absent
        Names that the labels hold and the folder does not.
    """

    name: str
    portraits: tuple[Portrait, ...]
    absent: tuple[str, ...] = ()

    def require_column(self, column: str) -> None:
        """Refuse a column that the labels lack.

        Raises
        ------
        ConfigurationError
            Naming the columns there are.
        """
        labels = self.portraits[0].labels
        if labels is None:
            raise ConfigurationError(
                f"there are no labels with a column {column!r}", source=self.name, remedy="give the file with --labels"
            )
        if column not in labels:
            raise ConfigurationError(
                f"the labels have no column {column!r}", source=self.name, remedy=f"use one of {', '.join(labels)}"
            )

    def chosen(
        self,
        *,
        where: Collection[tuple[str, str]] = (),
        without: Collection[tuple[str, str]] = (),
        left_out: Collection[str] = (),
    ) -> PortraitFolder:
        """Keep the portraits that fit.

        Parameters
        ----------
        where
            Columns and values of the labels that all must hold.
        without
            Columns and values none of which may hold.
        left_out
            Names to leave out.

        Raises
        ------
        ConfigurationError
            When there is no such column, no such name, or no portrait is left.
        """
        for column, _ in (*where, *without):
            self.require_column(column)
        unknown = sorted(set(left_out) - {portrait.name for portrait in self.portraits})
        if left_out and len(unknown) == len(left_out):
            raise ConfigurationError(
                f"none of the pictures to leave out is there, such as {unknown[0]}",
                source=self.name,
                remedy="write names as they are inside the folder",
            )
        kept = [one for one in self.portraits if _fits(one, where, without) and one.name not in left_out]
        if not kept:
            raise ConfigurationError(
                "no portrait is left of those asked for",
                source=self.name,
                remedy="compare what was asked with the labels",
            )
        return replace(self, portraits=tuple(kept))


def find_portraits(folder: Path, labels: Path | None = None) -> PortraitFolder:
    """Find portraits: those that the labels name, else every picture below the folder.

    Parameters
    ----------
    labels
        CSV file whose column `file` names pictures relative to the folder.

    Raises
    ------
    ConfigurationError
        When the folder is missing or holds no portraits.
    SampleError
        When the labels cannot be read.
    """
    if not folder.is_dir():
        raise ConfigurationError("no such folder", source=str(folder), remedy="check the path")
    said = None if labels is None else read_labels(labels)
    names = _pictures(folder) if said is None else sorted(name for name in said if (folder / name).is_file())
    if not names:
        raise ConfigurationError(
            "no portraits in this folder" if said is None else "none of the labelled portraits is in this folder",
            source=str(folder),
            remedy="give a folder of persons' folders or of images",
        )
    portraits = tuple(
        Portrait(name=name, path=folder / name, person=_person(name), labels=None if said is None else said[name])
        for name in names
    )
    absent = () if said is None else tuple(sorted(set(said) - set(names)))
    return PortraitFolder(name=folder.resolve().name, portraits=portraits, absent=absent)


def with_unlabelled(labelled: PortraitFolder, folder: Path) -> PortraitFolder:
    """Return all portraits below a folder, those that `find_portraits` found in it by their labels with these.

    Raises
    ------
    ConfigurationError
        When the folder is missing.
    """
    said = {portrait.name: portrait.labels for portrait in labelled.portraits}
    portraits = (replace(portrait, labels=said.get(portrait.name)) for portrait in find_portraits(folder).portraits)
    return replace(labelled, portraits=tuple(portraits))


def persons_by_folder(folder: PortraitFolder) -> PortraitFolder:
    """Return the same with folders taken as persons; where one folder holds all, every portrait as another person."""
    if len({portrait.person for portrait in folder.portraits}) > 1:
        return folder
    return replace(folder, portraits=each_another_person(folder.portraits))


def each_another_person(portraits: Sequence[Portrait]) -> tuple[Portrait, ...]:
    """Return the portraits with every one taken to show another person."""
    return tuple(replace(portrait, person=portrait.name) for portrait in portraits)


def _pictures(folder: Path) -> list[str]:
    found = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and not path.name.startswith("."))
    return sorted(path.relative_to(folder).as_posix() for path in found)


def _person(name: str) -> str:
    """Return the folder of a picture; pictures that lie in no person's folder show a different person each."""
    around, slash, _ = name.rpartition("/")
    return around if slash else name


def _fits(portrait: Portrait, where: Collection[tuple[str, str]], without: Collection[tuple[str, str]]) -> bool:
    labels = portrait.labels or {}
    wanted = all(labels.get(column) == value for column, value in where)
    return wanted and not any(labels.get(column) == value for column, value in without)
