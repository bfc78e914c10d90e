"""How fast the audit log is verified, exported and proved: `python -m benchmarks.audit_log --home DIR`.

A home with fewer events is filled with as many as asked, alike those of a service: somebody read a person. Times are by
the clock; "own CPU" says what this process took of it.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from biometrics.records import Actor
from biometrics.samples import now_utc
from registry.access import PERSON_VERIFIED
from registry.audit_log.exports import export_findings
from registry.audit_log.findings import Findings
from registry.audit_log.freshness import AnchorPolicy
from registry.audit_log.sinks import FileSink
from registry.store import Registry

EVENTS = 1_000_000

_IN_A_SECTION = 1000
_ANCHORED_EVERY = 50_000

_ACTOR = Actor(
    name="teller.17",
    post="bamako-3",
    station="counter-2",
    purpose="know_your_customer",
    client="bank-of-simulation",
    route="POST /v1/persons/{person}/verify",
    scope="kura.verify",
)


def main(words: Sequence[str] | None = None) -> None:
    """Fill where asked, then print a line per measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="installation; made and filled where there is none")
    parser.add_argument("--database", help="address of a PostgreSQL database for a new home")
    parser.add_argument("--events", type=int, default=EVENTS, help="how many there shall be")
    arguments = parser.parse_args(words)
    with Registry.open(arguments.home, database=arguments.database) as registry, TemporaryDirectory() as folder:
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        _fill(registry, arguments.events)
        _measure(registry, Path(folder))


def _fill(registry: Registry, events: int) -> None:
    anchoring = registry.keep_anchored(AnchorPolicy(), [FileSink(_sink(registry))])
    began_s, first = time.perf_counter(), registry.audit_log.state().events
    for start in range(first, events, _IN_A_SECTION):
        persons = [f"{number:032x}" for number in range(start, start + _IN_A_SECTION)]
        for some in _pieces(persons, 100):  # more would be one event with a digest
            with registry.writing(_ACTOR) as writer:
                writer.record_reading(PERSON_VERIFIED, some)
        if start % _ANCHORED_EVERY == 0:
            anchoring.work(now=True)
    anchoring.work(now=True)
    made, elapsed_s = registry.audit_log.state().events - first, time.perf_counter() - began_s
    if made > 1:
        print(f"{made} events appended, {made / elapsed_s:,.0f} a second in sections of 100")


def _measure(registry: Registry, folder: Path) -> None:
    keys, export = registry.signing.trusted(), folder / "log.jsonl"
    head = registry.audit_log.signed_head()
    events = head.anchor.head.size
    sink = _sink(registry)
    _sound(
        _timed(f"verify {events:,} events in the registry with anchors", lambda: registry.audit_log.verify(keys, sink))
    )
    _timed(f"export {events:,} events", lambda: registry.audit_log.export(head, export))
    print(f"the export has {export.stat().st_size / events:.0f} bytes an event")
    _sound(_timed("verify the export", lambda: export_findings(export, keys, now_utc(), sink)))
    for number in (1, events // 2, events):
        _timed(f"prove event {number:,}", partial(registry.audit_log.prove, number))


def _timed(name: str, work: Callable[[], object]) -> object:
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    found = work()
    elapsed_s, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    print(f"{name:60} {elapsed_s:8.3f} s   own CPU {cpu_s:8.3f} s", flush=True)
    return found


def _sound(found: object) -> None:
    if not isinstance(found, Findings) or found.faults:
        raise SystemExit("the log is not whole")


def _sink(registry: Registry) -> Path:
    return registry.home / "anchors.jsonl"  # beside the registry: for measuring only


def _pieces(names: list[str], size: int) -> Iterable[list[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))


if __name__ == "__main__":
    main()
