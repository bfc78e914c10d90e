"""Counters kept with what they count: every audit event is counted when it is appended, in the same transaction.

The counters are what the trail says, summed up, so that they can be counted anew from it at any time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from biometrics.records import EncounterContext
from registry.measures import measures_abroad, measures_of
from registry.tables.core import encounters
from registry.tables.galleries import encounter_galleries
from registry.tables.statistics import PLACE, Grain, Scope, counters, totals
from registry.upsert import add_to

LENGTHS = {Grain.DAY: 10, Grain.MONTH: 7, Grain.YEAR: 4}
"""Characters of a day, `2026-01-31`, that name each period."""

KEPT = {Scope.EVERYBODY: ("gallery",), Scope.POST: ("gallery", "post"), Scope.OPERATOR: PLACE}
"""What of the place a scope tells apart."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What one counter counts: a measure on a day, at a place, by somebody."""

    day: str
    measure: str
    gallery: str
    post: str
    station: str
    operator: str


class Tally:
    """Numbers and sums of seconds per counter."""

    def __init__(self) -> None:
        self.counts: Counter[Counted] = Counter()
        self.seconds: defaultdict[Counted, float] = defaultdict(float)

    def add_event(self, event: Mapping[str, Any]) -> None:
        """Count an event, given as its columns; `at` as text."""
        place = _place(event)
        for measured in (*measures_of(event["action"], event["details"]), *measures_abroad(event["scope"])):
            where = place if measured.operator is None else {**place, "operator": measured.operator}
            counted = Counted(day=event["at"][:10], measure=measured.measure, **where)
            self.counts[counted] += measured.count
            self.seconds[counted] += measured.seconds

    def rows(self) -> list[dict[str, Any]]:
        """Return what to add to which rows of the counters: every period and scope that an event belongs to."""
        found: dict[tuple[object, ...], dict[str, Any]] = {}
        for counted, count in self.counts.items():
            for scope, kept in KEPT.items():
                for grain, length in LENGTHS.items():
                    place = {name: getattr(counted, name) if name in kept else "" for name in PLACE}
                    key = {"scope": scope, "grain": grain, "period": counted.day[:length], "measure": counted.measure}
                    row = found.setdefault(
                        (*key.values(), *place.values()), {**key, **place, "number": 0, "seconds": 0.0}
                    )
                    row["number"] += count
                    row["seconds"] += self.seconds[counted]
        return list(found.values())


def _place(event: Mapping[str, Any]) -> dict[str, str]:
    """Return where and by whom something was done: as the event's details say, else as its actor does."""
    details = event["details"]
    galleries = details.get("galleries") or [details.get("gallery")]
    by_actor = {"post": event["post"], "station": event["station"], "operator": event["actor"]}
    place = {name: details.get(name) or known or "" for name, known in by_actor.items()}
    return {"gallery": galleries[0] or "", **place}


def place_details(context: EncounterContext, galleries: Sequence[str]) -> dict[str, object]:
    """Return what the details of an event about an encounter say, so that it counts where the encounter was."""
    known = {"operator": context.operator, "post": context.post, "station": context.station}
    return {name: value for name, value in known.items() if value is not None} | {"galleries": sorted(galleries)}


def place_of(connection: Connection, encounter_id: str) -> dict[str, object]:
    """Return the details by which an event about an encounter counts where that was, by whoever acts now."""
    found = connection.execute(
        select(encounters.c.post, encounters.c.station).where(encounters.c.encounter_id == encounter_id)
    ).one()
    galleries = connection.scalars(
        select(encounter_galleries.c.gallery_id)
        .where(encounter_galleries.c.encounter_id == encounter_id)
        .order_by(encounter_galleries.c.gallery_id)
    ).all()
    return place_details(EncounterContext(post=found.post, station=found.station), galleries)


def count_events(connection: Connection, events: Iterable[Mapping[str, Any]]) -> None:
    """Add events, given as their columns, to the counters."""
    tally = Tally()
    for event in events:
        tally.add_event(event)
    add_to(connection, counters, tally.rows())


def add_rows(connection: Connection, rows: Mapping[str, int]) -> None:
    """Add to the numbers of rows that tables have."""
    add_to(connection, totals, [{"table_name": name, "row_count": count} for name, count in rows.items() if count])
