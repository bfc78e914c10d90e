"""Which drafts a search means: comparisons of single attributes, all of which must hold."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

_NUMBER = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,3})?")


class Comparison(Enum):
    """How an attribute is compared with a value."""

    LESS = "<"
    GREATER = ">"
    EQUAL = "="
    AT_LEAST = ">="
    AT_MOST = "<="
    DIFFERENT = "!="


_COMPARE: Mapping[Comparison, Callable[[Any, Any], bool]] = {
    Comparison.LESS: operator.lt,
    Comparison.GREATER: operator.gt,
    Comparison.EQUAL: operator.eq,
    Comparison.AT_LEAST: operator.ge,
    Comparison.AT_MOST: operator.le,
    Comparison.DIFFERENT: operator.ne,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """One comparison of an attribute.

    Parameters
    ----------
    attribute
        Its name.
    comparison
        How.
    value
        With what.
    """

    attribute: str
    comparison: Comparison
    value: object

    def holds(self, attributes: Mapping[str, object]) -> bool:
        """Return whether it holds; of an attribute that is not there nothing does, not even that it differs.

        Texts are compared with texts, by code points, so that dates of ISO 8601 come in their order; numbers with
        numbers, which may be written as text; true and false only for equality. Values of different kinds differ, and
        are in no order.
        """
        if self.attribute not in attributes:
            return False
        own, other = attributes[self.attribute], self.value
        if _kind(own) is float and isinstance(other, str):
            other = _number(other)
        ordered = self.comparison not in (Comparison.EQUAL, Comparison.DIFFERENT)
        if _kind(own) is not _kind(other):
            return self.comparison is Comparison.DIFFERENT
        if ordered and _kind(own) is bool:
            return False
        return _COMPARE[self.comparison](own, other)


def all_hold(expressions: Sequence[Expression], attributes: Mapping[str, object]) -> bool:
    """Return whether every expression holds; none asks nothing, so everything is meant."""
    return all(one.holds(attributes) for one in expressions)


def _number(text: str) -> object:
    """Return the number that a text writes as JSON does; the text itself where it writes none."""
    if not _NUMBER.fullmatch(text):
        return text
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _kind(value: object) -> type:
    # bool before the numbers: Python takes True for 1, JSON does not.
    if isinstance(value, bool):
        return bool
    return float if isinstance(value, int | float) else type(value)
