"""Notices that people are given before their data are taken: texts in versions and languages, each with its digest."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.rights.rights_settings import read_rights_settings
from biometrics.errors import ConfigurationError, PersonDataError, RecordNotFoundError
from registry.rights.notices import NoticeText

SHIPPED = Path(__file__).with_name("notices.toml")
OWN = "notices.toml"
"""File of the home in which an authority keeps its own texts; each replaces the shipped one of its name."""

USUAL = "enrollment"
"""The notice that people are given before they are enrolled."""

LANGUAGES = ("fr", "en", "bm")
_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A text in a version and a language.

    Parameters
    ----------
    notice, version, language
        Which.
    text
        What it says.
    draft
        Whether it still has to be checked by those who speak the language.
    """

    notice: str
    version: str
    language: str
    text: str
    draft: bool = False

    @property
    def sha256(self) -> str:
        """Digest of the text, which an encounter records: what was read can be shown later."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def given(self) -> NoticeText:
        """What is recorded where it was given."""
        return NoticeText(notice=self.notice, version=self.version, language=self.language, sha256=self.sha256)

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "notice": self.notice,
            "version": self.version,
            "language": self.language,
            "draft": self.draft,
            "sha256": self.sha256,
            "text": self.text,
        }


def read_notices(home: Path) -> tuple[Notice, ...]:
    """Return all notices of a home, all versions, by name, version and language.

    Raises
    ------
    ConfigurationError
        When the home's own texts cannot be read, or a version is given twice.
    """
    own = home / OWN
    shipped = _read(SHIPPED)
    found = {(one.notice, one.version, one.language): one for one in shipped}
    if own.is_file():
        found |= {(one.notice, one.version, one.language): one for one in _read(own)}
    return tuple(found[key] for key in sorted(found))


def find_notice(home: Path, name: str, language: str, version: str | None = None) -> Notice:
    """Return a notice in a language, by default its newest version.

    Raises
    ------
    RecordNotFoundError
        When there is none.
    ConfigurationError
        As `read_notices`.
    """
    fitting = [
        one
        for one in read_notices(home)
        if one.notice == name and one.language == language and version in (None, one.version)
    ]
    if not fitting:
        raise RecordNotFoundError("there is no such notice in this language and version")
    return fitting[-1]


def given_notice(home: Path, language: str | None, name: str = USUAL, version: str | None = None) -> NoticeText | None:
    """Return what is recorded of the notice that people were given who are enrolled.

    None where none is stated (`language` is None), and the authority does not demand one.

    Raises
    ------
    PersonDataError
        When none is stated and one is demanded.
    RecordNotFoundError, ConfigurationError
        As `find_notice`.
    """
    if language is not None:
        return find_notice(home, name, language, version).given
    if read_rights_settings(home).notice_required:
        raise PersonDataError(
            "nobody is enrolled here who was not told what their data are for",
            remedy="state which notice was given, and in which language",
        )
    return None


def _read(path: Path) -> tuple[Notice, ...]:
    try:
        with path.open("rb") as file:
            content = tomllib.loads(file.read(_LARGEST).decode("utf-8"))
        found = tuple(
            Notice(
                notice=str(table["notice"]),
                version=str(table["version"]),
                language=str(table["language"]),
                text=str(table["text"]).strip(),
                draft=bool(table.get("draft", False)),
            )
            for table in content["text"]
        )
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"the notices cannot be read: {error}", source=str(path)) from error
    named = [(one.notice, one.version, one.language) for one in found]
    if len(set(named)) < len(named):
        raise ConfigurationError("a notice is given twice in one version and language", source=str(path))
    if any(one.language not in LANGUAGES for one in found):
        raise ConfigurationError(f"a notice is in a language that is none of {', '.join(LANGUAGES)}", source=str(path))
    return found
