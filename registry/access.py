"""The trail that reading leaves: nobody learns what is recorded about a person unless an event says who asked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from registry.audit import append_events

PERSON_READ = "person.read"
PERSONS_FOUND = "person.found"
PERSONS_LISTED = "person.listed"
PERSONS_IDENTIFIED = "person.identified"
PERSON_VERIFIED = "person.verified"
TRAIL_READ = "trail.read"
TRAIL_EXPORTED = "trail.exported"
STATISTICS_READ = "statistics.read"
SAMPLES_READ = "samples.read"
TEMPLATES_READ = "templates.read"
RECEIPTS_RECONCILED = "receipts.reconciled"
GALLERY_BUILT = "gallery.built"
VECTORS_RENEWED = "gallery.renewed"

MOST_NAMED = 100
"""Persons who each get an event of their own when they are read in one go.

Who asks what was read about a person finds these by the person. A longer list is one event with the count and the
digest of its identifiers, which shows later whether somebody was on it.
"""


def record_reading(
    connection: Connection, action: str, subject_ids: Iterable[str], told: Mapping[str, object] | None = None
) -> None:
    """Append what was read about whom: an event per person, one for a long list, and one when nobody was found.

    `told` goes into each event's details; nothing personal belongs there.
    """
    named = sorted(set(subject_ids))
    details: dict[str, object] = {**(told or {}), "persons": len(named)}
    if 0 < len(named) <= MOST_NAMED:
        append_events(connection, action=action, told=[(subject_id, details) for subject_id in named])
        return
    if named:
        details["subjects_sha256"] = hashlib.sha256("\n".join(named).encode()).hexdigest()
    append_events(connection, action=action, told=[(None, details)])
