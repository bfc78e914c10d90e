"""Profiles of documents: which fields, which fingers, which zone. They are configuration, since states change them."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from biometrics.documents.zone import OPTIONAL_LENGTH, ZoneFormat
from biometrics.errors import ConfigurationError, SampleError
from biometrics.interchange.finger_image_record import FingerImageStandard
from biometrics.interchange.minutiae_record import MinutiaeStandard
from biometrics.positions import Modality, Position

FOLDER = "profiles"
"""Of the home, where an installation's own profiles lie."""

LONGEST_VALIDITY_YEARS = 20
NINA_LENGTH = 15

_SHIPPED = Path(__file__).parent / FOLDER
_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")
_CODE = re.compile(r"[A-Z][A-Z0-9]?")
_STATE = re.compile(r"[A-Z]{1,3}")
_WIDEST_PX, _LARGEST_FILE = 2_000, 65_536


class CardField(Enum):
    """What a document may say of its holder."""

    FAMILY_NAME = "family_name"
    GIVEN_NAMES = "given_names"
    SEX = "sex"
    BIRTH_DATE = "birth_date"
    BIRTH_PLACE = "birth_place"
    NATIONALITY = "nationality"
    FATHER = "father"
    MOTHER = "mother"
    NINA = "nina"


class OptionalData(Enum):
    """What stands in the optional data of the zone."""

    NOTHING = ""
    NINA = "nina"


FingerFormat = MinutiaeStandard | FingerImageStandard


@dataclass(frozen=True, slots=True, kw_only=True)
class PortraitRule:
    """How wide the portrait is, and the quality of its JPEG file (1-95)."""

    width_px: int
    jpeg_quality: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerRule:
    """How many fingers of which, as what record, and whether somebody with fewer may have the document."""

    count: int
    preferred: tuple[Position, ...]
    format: FingerFormat
    fewer_allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentProfile:
    """A kind of document; `read_profile` makes it.

    Parameters
    ----------
    name, title
        Of the file, and for people.
    zone, code, issuing_state
        Size of the machine-readable zone, and what it begins with.
    validity_years, least_age_years
        How long a document is valid, and from what age.
    galleries
        Where its holders are enrolled.
    fields, optional_data
        What it says, in this order.
    portrait, fingers
        What it shows.
    sha256
        Of the file.
    """

    name: str
    title: str
    zone: ZoneFormat
    code: str
    issuing_state: str
    validity_years: int
    least_age_years: int
    galleries: tuple[str, ...]
    fields: tuple[CardField, ...]
    optional_data: OptionalData
    portrait: PortraitRule
    fingers: FingerRule
    sha256: str


def profile_names(home: Path) -> tuple[str, ...]:
    """Return the names of all profiles, in their order; an installation's own come in the place of shipped ones."""
    found = [*_SHIPPED.glob("*.toml"), *(home / FOLDER).glob("*.toml")]
    return tuple(sorted({path.stem for path in found}))


def read_profile(home: Path, name: str) -> DocumentProfile:
    """Return a profile of the home, or one that is shipped.

    Raises
    ------
    ConfigurationError
        When there is none, or it is wrong: naming the entry.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError("the name of a profile is none", remedy="use a-z, digits and hyphens, a letter first")
    own = home / FOLDER / f"{name}.toml"
    path = own if own.is_file() else _SHIPPED / own.name
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE)
        content = tomllib.loads(data.decode())
    except FileNotFoundError:
        known = ", ".join(profile_names(home))
        raise ConfigurationError("there is no such profile", source=name, remedy=f"known are {known}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError("the profile cannot be read as TOML", source=str(path)) from error
    try:
        return _profile(name, content, hashlib.sha256(data).hexdigest())
    except ConfigurationError as error:
        raise error.at(str(path)) from None


def _profile(name: str, content: dict[str, Any], sha256: str) -> DocumentProfile:
    table = _Table(content, "")
    portrait, fingers = table.table("portrait"), table.table("fingers")
    made = DocumentProfile(
        name=name,
        title=table.text("title"),
        zone=table.word("zone", ZoneFormat),
        code=table.text("code", _CODE),
        issuing_state=table.text("issuing_state", _STATE),
        validity_years=table.number("validity_years", 1, LONGEST_VALIDITY_YEARS),
        least_age_years=table.number("least_age_years", 0, 100),
        galleries=table.texts("galleries"),
        fields=tuple(table.words("fields", CardField)),
        optional_data=table.word("optional_data", OptionalData),
        portrait=PortraitRule(
            width_px=portrait.number("width_px", 100, _WIDEST_PX),
            jpeg_quality=portrait.number("jpeg_quality", 1, 95),
        ),
        fingers=FingerRule(
            count=fingers.number("count", 0, 10),
            preferred=_positions(fingers),
            format=_finger_format(fingers),
            fewer_allowed=fingers.flag("fewer_allowed"),
        ),
        sha256=sha256,
    )
    for one in (table, portrait, fingers):
        one.require_all_known()
    if made.optional_data is OptionalData.NINA and OPTIONAL_LENGTH[made.zone] < NINA_LENGTH:
        raise _wrong("optional_data", "does not fit: a NINA is longer than the optional data of this zone")
    return made


def _positions(fingers: _Table) -> tuple[Position, ...]:
    words = fingers.texts("preferred")
    try:
        found = tuple(Position(word) for word in words)
    except (ValueError, SampleError):
        raise _wrong("fingers.preferred", "names what is no finger") from None
    if len(set(found)) < len(found) or any(one.modality is Modality.FACE or one is Position.UNKNOWN for one in found):
        raise _wrong("fingers.preferred", "names a finger twice, or what is no finger")
    return found


def _finger_format(fingers: _Table) -> FingerFormat:
    word = fingers.text("format")
    for kind in (MinutiaeStandard.ISO_2005, MinutiaeStandard.ISO_2011, FingerImageStandard.ISO_2011):
        if kind.value == word:
            return kind
    raise _wrong("fingers.format", "is none of iso-19794-2-2005, iso-19794-2-2011, iso-19794-4-2011")


class _Table:
    """A table of the file, whose entries are taken out one by one."""

    def __init__(self, content: Mapping[str, Any], prefix: str) -> None:
        self._left, self._prefix = dict(content), prefix

    def _take(self, name: str) -> Any:
        if name not in self._left:
            raise _wrong(self._prefix + name, "is missing")
        return self._left.pop(name)

    def table(self, name: str) -> _Table:
        value = self._take(name)
        if not isinstance(value, dict):
            raise _wrong(name, "is no table")
        return _Table(value, f"{name}.")

    def text(self, name: str, pattern: re.Pattern[str] | None = None) -> str:
        value = self._take(name)
        if not isinstance(value, str) or (pattern is not None and not pattern.fullmatch(value)):
            raise _wrong(self._prefix + name, "is not the text it should be")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._take(name)
        if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
            raise _wrong(self._prefix + name, "is no list of texts")
        return tuple(value)

    def number(self, name: str, least: int, most: int) -> int:
        value = self._take(name)
        if type(value) is not int or not least <= value <= most:
            raise _wrong(self._prefix + name, f"is no whole number within {least}-{most}")
        return value

    def flag(self, name: str) -> bool:
        value = self._take(name)
        if type(value) is not bool:
            raise _wrong(self._prefix + name, "is neither true nor false")
        return value

    def word(self, name: str, members: type[Any]) -> Any:
        try:
            return members(self._take(name))
        except ValueError:
            raise _wrong(
                self._prefix + name, f"is none of {', '.join(one.value or '(empty)' for one in members)}"
            ) from None

    def words(self, name: str, members: type[Any]) -> list[Any]:
        try:
            found = [members(word) for word in self.texts(name)]
        except ValueError:
            raise _wrong(self._prefix + name, f"knows only {', '.join(one.value for one in members)}") from None
        if len(set(found)) < len(found):
            raise _wrong(self._prefix + name, "says something twice")
        return found

    def require_all_known(self) -> None:
        for name in self._left:
            raise _wrong(self._prefix + name, "is not known")


def _wrong(name: str, message: str) -> ConfigurationError:
    return ConfigurationError(f"the entry {name} {message}", remedy="see docs/signing.md and the shipped examples")
