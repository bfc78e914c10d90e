"""URIs that name a driver and one of its devices: `fprint:virtual_image?ppi=500`, `rtsp://user:secret@host/door`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from biometrics.errors import CaptureError

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,31}")
_HIDDEN = "***"

_PLACE = re.compile(r"(\[[0-9A-Fa-f:.]*\]|[^:/#]*)(:\d*)?([/#].*)?")
"""A host with a port and a path; anything else before an `@` may be half a password."""

_LOGIN = re.compile(r"[^/:?]+:[^/?]*@")
"""Somebody's name and password where `//` was forgotten."""

_SECRET = re.compile(r"(?i)((?:pass|pwd|secret|token|key|auth)[^=&]*=)[^&]+")
"""A parameter that is one by its name, where no place in a network is known to be meant."""

_LONGEST = 2000
_MOST_DIGITS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceUri:
    """A URI taken apart as far as all drivers agree: the driver reads the rest.

    Parameters
    ----------
    text
        The whole of it, with secrets; only for opening the device.
    scheme
        The driver's.
    target
        What stands between the scheme's colon and the first `?`.
    query
        What stands after it.
    """

    text: str
    scheme: str
    target: str
    query: str

    @classmethod
    def parse(cls, text: str) -> DeviceUri:
        """Take a URI apart.

        Raises
        ------
        CaptureError
            When it has no scheme, holds control characters, or is longer than 2,000 characters.
        """
        scheme, colon, rest = text.partition(":")
        if not colon or not _SCHEME.fullmatch(scheme):
            raise CaptureError(
                "this is no URI of a device",
                source=_shown(text),
                remedy="write it like fprint:0 or v4l2:0; kura devices list shows what is connected",
            )
        if len(text) > _LONGEST or not text.isprintable():
            raise CaptureError("the URI is too long, or holds control characters", source=_shown(text))
        target, _, query = rest.partition("?")
        return cls(text=text, scheme=scheme, target=target, query=query)

    @property
    def shown(self) -> str:
        """The URI for logs, records and errors.

        Where it names a place in a network (`//`), user names, passwords and the values of parameters, which may be
        tokens, are left out. What tells devices of one place apart therefore belongs into the path.
        """
        return _shown(self.text)

    def hidden_in(self, told: str) -> str:
        """Return somebody else's words without the secrets of this URI."""
        if self.text == self.shown:
            return told
        for secret, shown in ((self.text, self.shown), (self.text.partition(":")[2], self.shown.partition(":")[2])):
            told = told.replace(secret, shown)
        login = self.target.partition("//")[2].rpartition("@")[0]
        return told.replace(f"{login}@", "") if login else told

    def __str__(self) -> str:
        return self.shown

    def __repr__(self) -> str:
        return f"DeviceUri({self.shown!r})"

    def parameters(self, known: frozenset[str], example: str) -> Mapping[str, str]:
        """Return what stands after `?`, by name.

        Raises
        ------
        CaptureError
            When it cannot be read, or a name is unknown or given twice; the remedy is `example`.
        """
        try:
            given = parse_qsl(self.query, keep_blank_values=True, strict_parsing=bool(self.query))
        except ValueError:
            raise CaptureError("the part after ? cannot be read", source=self.shown, remedy=example) from None
        names = [name for name, _ in given]
        if len(set(names)) < len(names) or not known.issuperset(names):
            listed = ", ".join(sorted(known)) or "nothing"
            raise CaptureError(
                f"each of {listed} may be given once, and nothing else", source=self.shown, remedy=example
            )
        return dict(given)

    def whole(self, given: Mapping[str, str], name: str, default: str = "") -> int:
        """Return a parameter that is a whole number of at most 15 digits.

        Raises
        ------
        CaptureError
            When it is not.
        """
        text = given.get(name, default)
        if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
            raise CaptureError(f"{name} must be a whole number of at most {_MOST_DIGITS} digits", source=self.shown)
        return int(text)


def _shown(text: str) -> str:
    head, slashes, rest = text.partition("//")
    if slashes and (not head or head.endswith(":")) and "?" not in head:
        text = head + slashes + _without_secrets(rest)
    else:
        scheme, colon, rest = text.partition(":")
        place, mark, query = _LOGIN.sub("", rest).partition("?")
        text = scheme + colon + place + mark + _SECRET.sub(rf"\1{_HIDDEN}", query)
    return "".join(character if character.isprintable() else "?" for character in text[:_LONGEST])


def _without_secrets(rest: str) -> str:
    """Return what follows `//`, without what may be secret: who logs in, and the values of its parameters."""
    place, mark, query = rest.partition("?")
    place = place.rpartition("@")[2]
    if not _PLACE.fullmatch(place) and "@" in query:
        return _HIDDEN
    return place + mark + "&".join(_without_value(parameter) for parameter in query.split("&"))


def _without_value(parameter: str) -> str:
    name, equals, value = parameter.partition("=")
    if not equals:
        return name and _HIDDEN
    return name + equals + (value and _HIDDEN)
