"""A table of a TOML file whose every value is asked for by name, type and range, and in which nothing may be left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from biometrics.errors import ConfigurationError

_REMEDY = "docs/operations.md, Models of your own, says what belongs in a description"

LONGEST_TEXT = 2000


class Table:
    """One table; asking for a value takes it out.

    Parameters
    ----------
    content
        Names and values.
    prefix
        The table's own name and a dot, for messages.
    """

    def __init__(self, content: dict[str, Any], prefix: str = "") -> None:
        self._left = dict(content)
        self._prefix = prefix

    def has(self, name: str) -> bool:
        """Return whether the value is there and was not asked for yet."""
        return name in self._left

    def take(self, name: str) -> Any:
        """Return a value of whatever type.

        Raises
        ------
        ConfigurationError
            When it is missing; so do all other questions.
        """
        if name not in self._left:
            raise ConfigurationError(f"{self._prefix}{name} is missing", remedy=_REMEDY)
        return self._left.pop(name)

    def table(self, name: str) -> Table:
        """Return a table within this one."""
        value = self.take(name)
        if not isinstance(value, dict):
            raise self._wrong(name, "a table")
        return Table(value, f"{self._prefix}{name}.")

    def text(self, name: str, *, default: str | None = None) -> str:
        """Return text of at least one character; without a default it must be there."""
        if default is not None and not self.has(name):
            return default
        value = self.take(name)
        if not isinstance(value, str) or not 0 < len(value.strip()) <= LONGEST_TEXT or not _printable(value):
            raise self._wrong(name, "printable text")
        return value.strip()

    def choice(self, name: str, words: Sequence[str]) -> str:
        """Return one of these words."""
        value = self.take(name)
        if value not in words:
            raise self._wrong(name, f"one of {', '.join(words)}, not {value!r}")
        return str(value)

    def whole(self, name: str, least: int, most: int) -> int:
        """Return a whole number within bounds."""
        value = self.take(name)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self._wrong(name, f"a whole number from {least} to {most}, not {value!r}")
        return value

    def number(self, name: str, least: float, most: float) -> float:
        """Return a number within bounds."""
        value = self.take(name)
        if not _is_number(value) or not least <= value <= most:
            raise self._wrong(name, f"a number from {least:g} to {most:g}, not {value!r}")
        return float(value)

    def numbers(self, name: str, count: int) -> tuple[float, ...]:
        """Return `count` finite numbers; a single one stands for all."""
        value = self.take(name)
        values = value if isinstance(value, list) else [value] * count
        if len(values) != count or not all(map(_is_number, values)):
            raise self._wrong(name, f"a number or a list of {count} numbers, not {value!r}")
        return tuple(map(float, values))

    def require_nothing_else(self) -> None:
        """Refuse what nobody asked for: a misspelt name would otherwise be ignored in silence."""
        for name in self._left:
            raise ConfigurationError(f"{self._prefix}{name} is unknown here", remedy=_REMEDY)

    def _wrong(self, name: str, wanted: str) -> ConfigurationError:
        return ConfigurationError(f"{self._prefix}{name} must be {wanted}", remedy=_REMEDY)


def _is_number(value: Any) -> bool:
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # a whole number of more than 308 digits
        return False


def _printable(text: str) -> bool:
    return all(letter.isprintable() or letter == "\n" for letter in text)
