"""What galleries of national size need: `python -m benchmarks.scale --search search.json --dedup dedup.json`.

Reads what `kura bench search` and `kura bench dedup` wrote and prints the tables of docs/scale.md. Everything is
proportion: a scan costs the same for every byte, a pair of vectors and a comparison of minutiae the same for everybody.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import plain
from biometrics.errors import BiometricsError, ConfigurationError

PERSONS = (1_000_000, 10_000_000, 30_000_000, 100_000_000)
DAILY = (10_000, 100_000)

LISTED = 2_000
"""Strangers on the list of a search, at any size (`matching.shortlisting`)."""

JOINED = 20.0
"""Strangers that a deduplication may list for a person (`matching.shortlisting`); simulated ones are listed more
seldom, and what was measured counts where it is more."""

SNAPSHOT_BYTES_S = 0.2e9
"""Of a snapshot that one core reads, decrypts, checks and takes over a second. Of 20 KB a person: 10 us to decrypt, 85
us to take over, measured once on 10,500 persons by a script."""

_FLOAT_BYTES = 4
_GIGA = 1e9
_NIGHT_S = 8 * 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What one core of the measured machine does.

    Parameters
    ----------
    width
        Columns of a person's row: bytes of its codes.
    resident
        Memory of a table, as a multiple of the bytes of its codes.
    single_bytes_s, batch_bytes_s
        Bytes of codes compared with a probe a second: searches by one, and each of 256 at once.
    pairs_s
        Pairs of persons joined a second.
    strangers
        Listed for a person of a deduplication.
    compare_s
        Seconds to compare two persons by minutiae.
    person_bytes, feature_bytes
        Of each person beside the vector: in memory, and of prints on disk.
    """

    width: int
    resident: float
    single_bytes_s: float
    batch_bytes_s: float
    pairs_s: float
    strangers: float
    compare_s: float
    person_bytes: float
    feature_bytes: float

    def memory_bytes(self, persons: int) -> float:
        """Return the memory of a gallery."""
        return persons * (self.width * self.resident + self.person_bytes)

    def disk_bytes(self, persons: int) -> float:
        """Return the space of exact vectors and prints, and of a snapshot of all that is in memory or beside it."""
        return persons * (self.width * _FLOAT_BYTES + self.feature_bytes) + self.snapshot_bytes(persons)

    def snapshot_bytes(self, persons: int) -> float:
        """Return the bytes of a snapshot: exact vectors, prints, and what is known of each person."""
        return persons * (self.width * _FLOAT_BYTES + self.feature_bytes + self.person_bytes)

    def search_s(self, persons: int, *, batch: bool) -> float:
        """Return the seconds of a core for one search: vectors, then those on the list."""
        bytes_s = self.batch_bytes_s if batch else self.single_bytes_s
        return persons * self.width / bytes_s + LISTED * self.compare_s

    def first_s(self, persons: int) -> float:
        """Return the seconds of a core for everybody against everybody."""
        return persons * (persons - 1) / 2 / self.pairs_s + persons * self.strangers / 2 * self.compare_s

    def daily_s(self, persons: int, newcomers: int) -> float:
        """Return the seconds of a core for newcomers against everybody and each other."""
        pairs = newcomers * (persons + newcomers / 2)
        return pairs / self.pairs_s + newcomers * self.strangers * self.compare_s


def rates_of(search: Mapping[str, Any], dedup: Mapping[str, Any]) -> Rates:
    """Read the rates from what the benchmarks wrote.

    Raises
    ------
    ConfigurationError
        When a document is not what the benchmark of its name writes.
    """
    try:
        rows = [row for row in search["rows"] if row["exact"] and row["threads"] == 1 and row["peer"] is not None]
        best = [row for row in rows if row["kernel"] == dedup["rows"][0]["kernel"]]
        persons, compare = dedup["persons"], dedup["persons"]["compare_us"]
        return Rates(
            width=int(persons["width"]),
            resident=float(search["resident_bytes"] / search["code_bytes"]),
            single_bytes_s=_bytes_s(best, 1),
            batch_bytes_s=_bytes_s(best, 256),
            pairs_s=float(persons["pairs_s"]),
            strangers=max(JOINED, float(persons["strangers_listed"])),
            compare_s=float(compare[max(compare, key=int)]) * 1e-6,
            person_bytes=float(persons["memory_bytes"]),
            feature_bytes=float(persons["feature_bytes"]),
        )
    except (KeyError, TypeError, IndexError, ValueError, ZeroDivisionError) as error:
        raise ConfigurationError(
            "these are not the results of the two benchmarks",
            remedy="write them with kura bench search --json FILE and kura bench dedup --json FILE",
        ) from error


def _bytes_s(rows: Sequence[Mapping[str, Any]], batch: int) -> float:
    """Return the bytes of codes a second, of the widest rows that were searched by so many at once."""
    row = max((row for row in rows if row["batch"] == batch), key=lambda row: int(row["dim"]))
    return float(row["n"] * row["dim"] / (1e-3 * row["ours_ms"]))


def measured_tables(*documents: Mapping[str, Any]) -> list[str]:
    """Return what was demanded and what was timed as lines of Markdown."""
    demands = [one for document in documents for one in document["requirements"]]
    words = {True: "yes", False: "**no**", None: "not measured"}
    demanded = [
        (
            one["what"],
            one["against"],
            f"{'at least' if one['least'] else 'at most'} {plain(one['wanted'])} {one['unit']}",
            "" if one["measured"] is None else f"{one['measured']:.3g} {one['unit']}",
            words[one["reached"]],
            one["note"],
        )
        for one in demands
    ]
    timed = [
        (
            row["name"],
            row["kernel"],
            *(f"{row[name]:,}" for name in ("threads", "n", "dim", "batch")),
            plain(row["ours_ms"]),
            "" if row["peer"] is None else f"{plain(row['peer_ms'])}, {row['peer']}",
            "" if row["ratio"] is None else f"{row['ratio']:.2f}",
            {True: "yes", False: "**no**", None: ""}[row["identical"]],
        )
        for document in documents
        for row in document["rows"]
    ]
    heads = (
        ("demanded of", "against", "wanted", "measured", "reached", ""),
        ("search", "kernel", "threads", "N", "columns", "batch", "ms a query", "peer, ms", "ratio", "identical"),
    )
    return [*_table(heads[0], demanded), "", *_table(heads[1], timed)]


def tables(rates: Rates) -> list[str]:
    """Return what galleries need as lines of Markdown."""
    return [*_size_table(rates), "", *_work_table(rates), "", *_machine_table(rates)]


def _size_table(rates: Rates) -> list[str]:
    head = (
        "persons",
        "memory, GB",
        "disk, GB",
        "one search, one core, s",
        "of 256 at once, s",
        "searches/s a core",
        "start-up, min",
    )
    rows = [
        (
            f"{persons:,}",
            f"{rates.memory_bytes(persons) / _GIGA:,.0f}",
            f"{rates.disk_bytes(persons) / _GIGA:,.0f}",
            f"{rates.search_s(persons, batch=False):,.2f}",
            f"{rates.search_s(persons, batch=True):,.2f}",
            f"{1 / rates.search_s(persons, batch=True):,.2g}",
            f"{rates.snapshot_bytes(persons) / SNAPSHOT_BYTES_S / 60:,.0f}",
        )
        for persons in PERSONS
    ]
    return _table(head, rows)


def _work_table(rates: Rates) -> list[str]:
    head = (
        "persons",
        "first N:N, core hours",
        *(f"{count:,} new a day, core hours" for count in DAILY),
        "cores for it",
    )
    rows = []
    for persons in PERSONS:
        daily = [rates.daily_s(persons, count) for count in DAILY]
        hours = (rates.first_s(persons), *daily)
        cores = " / ".join(f"{math.ceil(seconds / _NIGHT_S):,}" for seconds in daily)
        rows.append((f"{persons:,}", *(f"{seconds / 3600:,.2f}" for seconds in hours), cores))
    return _table(head, rows)


def _machine_table(rates: Rates) -> list[str]:
    head = ("machine", "persons in memory", "new a day in 8 h", "first N:N, hours")
    rows = []
    for cores, memory_gb in ((8, 64), (32, 256), (64, 512)):
        persons = int(0.8 * memory_gb * _GIGA / (rates.memory_bytes(1_000_000) / 1_000_000))
        newcomers = cores * _NIGHT_S / (rates.daily_s(persons, 10_000) / 10_000)
        first_h = rates.first_s(persons) / cores / 3600
        rows.append((f"{cores} cores, {memory_gb} GB", _millions(persons), f"{newcomers:,.0f}", f"{first_h:,.1f}"))
    return _table(head, rows)


def _millions(count: float) -> str:
    return f"{count / 1e6:,.0f} M"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def _read(path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigurationError("the result cannot be read", source=str(path)) from error
    if not isinstance(document, dict):
        raise ConfigurationError("the file holds no result", source=str(path))
    return document


def main(words: Sequence[str] | None = None) -> int:
    """Print the tables and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    for name in ("search", "dedup"):
        parser.add_argument(f"--{name}", type=Path, required=True, metavar="FILE", help=f"of kura bench {name} --json")
    asked = parser.parse_args(words)
    try:
        search, dedup = _read(asked.search), _read(asked.dedup)
        rates = rates_of(search, dedup)
    except BiometricsError as error:
        print(f"scale: {error}", file=sys.stderr)
        return 3
    print("\n".join([*measured_tables(search, dedup), "", *tables(rates)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
