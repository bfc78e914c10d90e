"""One installation: a folder with the registry, its samples, settings and reports."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from api.settings import FILE_NAME, Settings, read_settings, write_settings
from biometrics.errors import ConfigurationError, StorageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A home folder and its settings."""

    home: Path
    settings: Settings

    @property
    def reports(self) -> Path:
        """Where pages for people to look at are written."""
        return self.home / "reports"


def home_folder(chosen: Path | None) -> Path:
    """Return the home to use: the one chosen, else KURA_HOME, else the user's data folder."""
    if chosen is not None:
        return chosen
    named = os.environ.get("KURA_HOME")
    return Path(named) if named else Path(platformdirs.user_data_dir("kura"))


def open_installation(chosen: Path | None, *, create: bool) -> Installation:
    """Open a home, creating it when asked to.

    Raises
    ------
    ConfigurationError
        When there is no installation and none is to be created, or its settings are wrong.
    StorageError
        When it cannot be created.
    """
    home = home_folder(chosen)
    if not _is_folder(home):
        if not create:
            raise ConfigurationError(
                "there is no installation here yet",
                source=str(home),
                remedy="enroll somebody first, or name another home with --home",
            )
        _create(home)
    settings = read_settings(home)
    if create and not (home / FILE_NAME).exists():
        write_settings(home, settings)
    return Installation(home=home, settings=settings)


def look_at_installation(chosen: Path | None) -> Installation:
    """Return the home to use and its settings, whether it exists or not; for commands that need no registry.

    Raises
    ------
    ConfigurationError
        When its settings are wrong.
    """
    home = home_folder(chosen)
    return Installation(home=home, settings=read_settings(home))


def _is_folder(home: Path) -> bool:
    try:
        return home.is_dir()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise StorageError(
            f"the folder cannot be looked at: {reason}",
            source=str(home),
            remedy="choose another with --home or KURA_HOME",
        ) from error


def _create(home: Path) -> None:
    try:
        home.mkdir(parents=True, mode=0o700)
    except OSError as error:
        raise StorageError(
            f"the folder cannot be created: {error.strerror}",
            source=str(home),
            remedy="choose another with --home or KURA_HOME",
        ) from error
