"""What was measured, as a document and as the tables of `docs/template-protection.md`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.protection.measuring import Row

_HEAD = ("| vectors | persons | attack | D_sys | by chance | the mate is the most alike |",)
_RULE = ("| --- | ---: | --- | ---: | ---: | ---: |",)


def document(tables: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """Return the rows of all tables as JSON values."""
    return {name: [asdict(row) for row in rows] for name, rows in tables.items()}


def lines(tables: Mapping[str, Sequence[Row]]) -> list[str]:
    """Return the tables in Markdown."""
    told: list[str] = []
    for name, rows in tables.items():
        told += [f"**{name}**", "", *_HEAD, *_RULE, *map(_line, rows), ""]
    return told


def _line(row: Row) -> str:
    told = f"{row.told.value:.3f} | {row.told.chance:.3f}"
    return f"| {row.data} | {row.persons:,} | {row.attack} | {told} | {row.rank_1:.1%} |"
