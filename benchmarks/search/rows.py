"""What the benchmarks of searches answer: rows of measured times, requirements, and both as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.figures import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One way of searching, timed.

    Parameters
    ----------
    name
        What was searched, and how.
    exact
        Whether it answers exactly by construction; approximate indexes do not.
    kernel
        Which routine scanned.
    threads
        That it was allowed.
    n, dim, batch
        Persons, numbers of a vector, and probes searched at once.
    ours_ms, peer_ms
        Milliseconds a query: the median round divided by the batch; of processor time where one thread works, by the
        clock where several do. Of a join, milliseconds in all.
    peer
        What it is compared with, with its settings; None for nothing.
    ratio
        Median of the rounds' ratios: how many times as long the peer took.
    identical
        Whether the harness found the answer to be what it must be; None where it was not recomputed.
    low_ms, high_ms
        95 % interval of `ours_ms`.
    rounds
        That were timed.
    further
        Whatever else a row tells, JSON-ready.
    """

    name: str
    exact: bool
    kernel: str
    threads: int
    n: int
    dim: int
    batch: int
    ours_ms: float
    low_ms: float
    high_ms: float
    rounds: int
    peer: str | None = None
    peer_ms: float | None = None
    ratio: float | None = None
    identical: bool | None = None
    further: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return it as JSON-ready data; what is further stands beside the rest."""
        known = asdict(self)
        return {**known.pop("further"), **known}


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What is demanded, and what was measured.

    Parameters
    ----------
    what, against
        What was measured, and against what.
    wanted
        The figure to reach, of `unit`.
    measured
        None when it was not measured; `note` says why.
    least
        Whether it is to be reached from below; False for what may be at most so large.
    note
        What a reader must know.
    """

    what: str
    against: str
    wanted: float
    measured: float | None
    unit: str = "x"
    least: bool = True
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether it was reached; None when it was not measured."""
        if self.measured is None:
            return None
        return self.measured >= self.wanted if self.least else self.measured <= self.wanted

    def document(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return {**asdict(self), "reached": self.reached}


def row_lines(rows: Sequence[Row]) -> list[str]:
    """Return the rows as an aligned table."""
    head = ("search", "kernel", "threads", "N", "dim", "batch", "ms a query", "peer", "ms", "ratio", "identical")
    body = [
        (
            row.name,
            row.kernel,
            str(row.threads),
            f"{row.n:,}",
            str(row.dim),
            str(row.batch),
            plain(row.ours_ms),
            row.peer or "-",
            "-" if row.peer_ms is None else plain(row.peer_ms),
            "-" if row.ratio is None else f"{row.ratio:.2f}",
            _said(row.identical),
        )
        for row in rows
    ]
    return aligned([head, *body])


def requirement_lines(requirements: Sequence[Requirement]) -> list[str]:
    """Return the requirements as an aligned table: wanted, measured, reached or not."""
    head = ("required", "against", "wanted", "measured", "", "note")
    words = {True: "reached", False: "not reached", None: "not measured"}
    body = [
        (
            one.what,
            one.against,
            f"{'>=' if one.least else '<='} {plain(one.wanted)} {one.unit}",
            "-" if one.measured is None else f"{one.measured:.3g} {one.unit}",
            words[one.reached],
            one.note,
        )
        for one in requirements
    ]
    return aligned([head, *body])


def aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """Return lines with columns of even width."""
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    return ["  ".join(f"{cell:{width}}" for cell, width in zip(line, widths, strict=True)).rstrip() for line in table]


def _said(identical: bool | None) -> str:
    return "-" if identical is None else "yes" if identical else "NO"
