"""docs/asvs.md as data."""

from __future__ import annotations

import re
from typing import NamedTuple

from tests.asvs.source import ROOT

PAGE = ROOT / "docs" / "asvs.md"
NUMBERS = ROOT / "tests" / "asvs" / "requirements.txt"

STATES = ("met", "partly", "not met", "n/a")

_ROW = re.compile(r"^\| (\d+)\.(\d+)\.(\d+)(?:–\1\.\2\.(\d+))? \| (.+?) \| (.+?) \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")


class Row(NamedTuple):
    """One line: the requirements that it is about, its state, and the tests it names."""

    numbers: tuple[str, ...]
    asks: str
    state: str
    told: str
    tests: tuple[tuple[str, str], ...]


def rows() -> list[Row]:
    """Return all lines of the ledger."""
    found = []
    for chapter, section, first, last, asks, state, told in _ROW.findall(PAGE.read_text()):
        numbers = tuple(f"{chapter}.{section}.{number}" for number in range(int(first), int(last or first) + 1))
        found.append(Row(numbers, asks, state, told, tuple(_TEST.findall(told))))
    return found


def required() -> dict[str, int]:
    """Return the numbers of the standard with their levels."""
    lines = [line.split() for line in NUMBERS.read_text().splitlines() if line and not line.startswith("#")]
    return {number: int(level) for number, level in lines}


def section(title: str) -> str:
    """Return the text below a heading of the page."""
    _, _, behind = PAGE.read_text().partition(f"### {title}\n")
    return behind.partition("\n### ")[0]
