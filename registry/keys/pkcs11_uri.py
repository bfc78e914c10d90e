"""Names of keys in tokens: a PKCS#11 URI (RFC 7512), as far as a key of this service needs it.

`pkcs11:token=kura;object=root-key?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/keys/pin`
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

from biometrics.errors import ConfigurationError, KeyUnavailableError
from registry.keys.key_file import read_private_file

SCHEME = "pkcs11:"

_PATH = frozenset({"token", "serial", "object", "id"})
_QUERY = frozenset({"module-path", "pin-source"})
_PART = re.compile(r"(?:[A-Za-z0-9_.~:\[\]@!$'()*+,=/?|-]|%[0-9A-Fa-f]{2})*")
_LONGEST_PIN = 255
_FORM = "write it as pkcs11:token=NAME;object=NAME?module-path=/path/to/library.so&pin-source=file:/path/to/pin"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKey:
    """Where a key is: the library, the token, the object, and where the PIN comes from.

    Parameters
    ----------
    module
        The library of the token's maker.
    token, serial
        Label and serial number of the token; at least one.
    label, identifier
        Of the object (CKA_LABEL, CKA_ID); at least one.
    pin_source
        `file:PATH` or `env:NAME`; never the PIN itself.
    """

    module: str
    token: str | None = None
    serial: str | None = None
    label: str | None = None
    identifier: bytes | None = None
    pin_source: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> TokenKey:
        """Return the key that a URI names.

        Raises
        ------
        ConfigurationError
            When it is malformed, holds a PIN, or leaves out what must be said.
        """
        if not text.startswith(SCHEME):
            raise _refused("this is no PKCS#11 URI")
        path, _, query = text.removeprefix(SCHEME).partition("?")
        said = _attributes(path, ";", _PATH)
        asked = _attributes(query, "&", _QUERY)
        missing = [name for name in ("module-path", "pin-source") if name not in asked]
        if not {"token", "serial"} & set(said) or not {"object", "id"} & set(said) or missing:
            raise _refused("the PKCS#11 URI must name token or serial, object or id, module-path and pin-source")
        return cls(
            module=_text(asked["module-path"]),
            token=_optional(said, "token"),
            serial=_optional(said, "serial"),
            label=_optional(said, "object"),
            identifier=said.get("id"),
            pin_source=_pin_source(_text(asked["pin-source"])),
        )

    @property
    def name(self) -> str:
        """The URI without its query: which key it is, wherever the library and the PIN are."""
        said = (("token", self.token), ("serial", self.serial), ("object", self.label))
        parts = [f"{name}={quote(value, safe='')}" for name, value in said if value is not None]
        if self.identifier is not None:
            parts.append("id=" + "".join(f"%{byte:02X}" for byte in self.identifier))
        return SCHEME + ";".join(parts)

    def pin(self, environment: Mapping[str, str] | None = None) -> str:
        """Return the PIN, read anew.

        Raises
        ------
        KeyUnavailableError
            When there is none, or others may read it.
        """
        kind, _, place = self.pin_source.partition(":")
        if kind == "env":
            pin = (os.environ if environment is None else environment).get(place, "")
        else:
            pin = read_private_file(Path(place), _LONGEST_PIN, what="PIN").decode("utf-8", "replace").rstrip("\r\n")
        if not pin:
            raise KeyUnavailableError("there is no PIN here", source=place, remedy="put the token's user PIN there")
        return pin


def _attributes(text: str, separator: str, known: frozenset[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in text.split(separator) if text else ():
        name, equals, value = part.partition("=")
        if name == "pin-value":
            raise ConfigurationError(
                "a PIN stands in a PKCS#11 URI, where settings, logs and backups would tell it",
                remedy="change the PIN, put it into a file that only this user can read, and name it as pin-source",
            )
        if name not in known or name in found or not equals or not _PART.fullmatch(value):
            raise _refused("an attribute of the PKCS#11 URI is not known, malformed, or said twice")
        found[name] = unquote_to_bytes(value)
    return found


def _optional(said: Mapping[str, bytes], name: str) -> str | None:
    return None if name not in said else _text(said[name])


def _text(value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise _refused("an attribute of the PKCS#11 URI is not in UTF-8") from None
    if not text or "\0" in text:
        raise _refused("an attribute of the PKCS#11 URI is empty")
    return text


def _pin_source(text: str) -> str:
    kind, colon, place = text.partition(":")
    if text.startswith("/"):
        return f"file:{text}"
    if not colon or kind not in ("file", "env") or not place:
        raise _refused("the pin-source is neither file:PATH nor env:NAME")
    return f"file:{place.removeprefix('//')}" if kind == "file" else text


def _refused(message: str) -> ConfigurationError:
    return ConfigurationError(message, remedy=_FORM)
