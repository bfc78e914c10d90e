"""A document for people: a title and sections of paragraphs and tables, whatever it is shown as."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; every row has as many cells as there are columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and what stands below it."""

    title: str
    paragraphs: tuple[str, ...] = ()
    table: Table | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A title, lines below it, and sections; `foot` stands on every page beside its number."""

    title: str
    lines: tuple[str, ...]
    sections: tuple[Section, ...]
    foot: str


def sections_json(sections: Sequence[Section]) -> list[dict[str, Any]]:
    """Return sections as JSON has them."""
    return [
        {
            "title": one.title,
            "paragraphs": list(one.paragraphs),
            "table": None
            if one.table is None
            else {"columns": list(one.table.columns), "rows": [list(row) for row in one.table.rows]},
        }
        for one in sections
    ]


def markdown(document: Document) -> str:
    """Return a document as Markdown."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield f"# {document.title}"
    yield ""
    yield from document.lines
    for section in document.sections:
        yield from ("", f"## {section.title}", "")
        for paragraph in section.paragraphs:
            yield from (paragraph, "")
        if section.table is not None:
            yield "| " + " | ".join(section.table.columns) + " |"
            yield "|" + "---|" * len(section.table.columns)
            yield from ("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in section.table.rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
