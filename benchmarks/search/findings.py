"""What a benchmark of searches found out, as it is collected, and as a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks import vector_population
from benchmarks.data_hash import data_hash
from benchmarks.environment import describe_environment
from benchmarks.figures import Figure
from benchmarks.results import Result
from benchmarks.search.rows import Requirement, Row, requirement_lines, row_lines

_FITTED = Path(vector_population.__file__).with_name("fitted.json")

UNITS = (
    "ours_ms and peer_ms are milliseconds a query: of processor time where threads is 1, by the clock otherwise; "
    "of a join they are milliseconds in all. ratio is the median of the rounds' own ratios, peer to ours."
)


@dataclass(slots=True, kw_only=True)
class Findings:
    """Collects what is measured.

    Parameters
    ----------
    rows
        Times.
    requirements
        What is demanded, and what was measured of it.
    sections
        Further parts of the document by name, JSON-ready.
    notes
        What a reader must know: what was left out, and why.
    """

    rows: list[Row] = field(default_factory=list)
    requirements: list[Requirement] = field(default_factory=list)
    sections: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def identical(self) -> bool:
        """Whether every answer that was computed anew was what it must be."""
        return all(row.identical is not False for row in self.rows if row.exact)

    def result(self, name: str, started: datetime, parameters: Mapping[str, Any]) -> Result:
        """Return the document's content."""
        machine = describe_environment().document()
        return Result(
            name=name,
            started=started,
            environment=machine,
            data_sha256=data_hash({_FITTED.name: _FITTED}),
            parameters={**parameters, "units": UNITS, "simulated": True},
            figures={_title(row): _figure(row) for row in self.rows},
            notes=tuple(self.notes),
            sections={
                "rows": [row.document() for row in self.rows],
                "requirements": [one.document() for one in self.requirements],
                "machine": machine,
                "identical": self.identical,
                **self.sections,
            },
        )

    def lines(self) -> list[str]:
        """Return it as text: times, then what is demanded, then notes."""
        return [*row_lines(self.rows), "", *requirement_lines(self.requirements), "", *self.notes, UNITS]


def _title(row: Row) -> str:
    return f"{row.name}, N={row.n}, d={row.dim}, batch {row.batch}, {row.kernel}, {row.threads} thread(s)"


def _figure(row: Row) -> Figure:
    return Figure(value=row.ours_ms, low=row.low_ms, high=row.high_ms, unit="ms", counts={"rounds": row.rounds})
