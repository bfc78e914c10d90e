"""Verification of a registry against itself: one snapshot, every part, whatever the others are like."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError, NoResultFound

from biometrics.errors import BiometricsError
from biometrics.protocols import ChangeKind, Progress
from biometrics.records import EncounterStatus
from registry.audit_log.verifying import log_faults
from registry.checking_cases import check_cases
from registry.checking_contents import check_encounters, check_samples, check_templates
from registry.checking_database import check_database
from registry.checking_decisions import check_decisions
from registry.checking_extraction import check_extraction, extraction_changes
from registry.checking_merges import check_merges
from registry.checking_moves import check_moves
from registry.checking_owners import check_owners
from registry.checking_people import check_people, check_people_events
from registry.checking_records import check_records
from registry.checking_replacements import check_replacements
from registry.checking_service import check_service, check_service_events
from registry.faults import Fault, FaultKind
from registry.kept_files import unreferenced_files
from registry.recounting import counter_faults
from registry.rights.rows import check_rights
from registry.samples import SampleStore
from registry.search_rows import check_search
from registry.signing.records import key_faults
from registry.tables.core import changes, encounters, heads


def check_everything(connection: Connection, sample_store: SampleStore, progress: Progress) -> Iterator[Fault]:
    """Yield every fault of one snapshot; damage in one part does not hide that of another."""
    parts: tuple[tuple[FaultKind, Callable[[Connection], Iterator[Fault]]], ...] = (
        (FaultKind.DATABASE, check_database),
        (FaultKind.SEQUENCE, _check_sequence),
        (FaultKind.SEQUENCE, _check_statuses),
        (FaultKind.SAMPLE, partial(check_samples, sample_store=sample_store, progress=progress)),
        (FaultKind.TEMPLATE, partial(check_templates, progress=progress)),
        (FaultKind.AUDIT, _check_audit),
        (FaultKind.AUDIT, check_encounters),
        (FaultKind.AUDIT, check_records),
        (FaultKind.AUDIT, check_owners),
        (FaultKind.AUDIT, check_replacements),
        (FaultKind.AUDIT, check_extraction),
        (FaultKind.SEQUENCE, check_moves),
        (FaultKind.AUDIT, check_merges),
        (FaultKind.PERSON, check_people),
        (FaultKind.AUDIT, check_people_events),
        (FaultKind.SERVICE, check_service),
        (FaultKind.AUDIT, check_service_events),
        (FaultKind.AUDIT, check_rights),
        (FaultKind.AUDIT, _check_signing_keys),
        (FaultKind.SEARCH, partial(check_search, progress=progress)),
        (FaultKind.CASE, check_cases),
        (FaultKind.CASE, check_decisions),
        (FaultKind.COUNTER, _check_counters),
        (FaultKind.UNREFERENCED_FILE, partial(_report_unreferenced, sample_store=sample_store)),
    )
    for kind, part in parts:
        try:
            with connection.begin_nested():  # on PostgreSQL, an error spoils what is left of its transaction
                yield from part(connection)
        except BiometricsError as error:
            yield Fault(kind=kind, source=error.source or kind.value, message=error.message)
        except NoResultFound:
            yield Fault(kind=FaultKind.DATABASE, source=kind.value, message="a row that there always is is missing")
        except DBAPIError as error:
            yield Fault(kind=FaultKind.DATABASE, source=kind.value, message=f"cannot be read: {error.orig}")


def _check_sequence(connection: Connection) -> Iterator[Fault]:
    """Find gaps in the numbers of changes, up to the head."""
    expected = 0
    for sequence in connection.scalars(select(changes.c.sequence).order_by(changes.c.sequence)).all():
        expected += 1
        if sequence != expected:
            message = f"change {expected} is missing before change {sequence}"
            yield Fault(kind=FaultKind.SEQUENCE, source="changes", message=message)
            expected = sequence
    latest = connection.scalar(select(heads.c.change_sequence))
    if latest != expected:
        message = f"the last change should be {latest} and is {expected}"
        yield Fault(kind=FaultKind.SEQUENCE, source="changes", message=message)


def _check_statuses(connection: Connection) -> Iterator[Fault]:
    """Find encounters that were never added, or whose status no change explains.

    Changes of an encounter alternate: it is added, references of it may be retired and others added instead, and it may
    be retired in the end. It may move at any time in between, and retired ones may move too. Changes by which an
    extraction added references, as the audit trail tells, come between these.
    """
    extracted = extraction_changes(connection)
    kinds: dict[str, list[ChangeKind]] = {}
    numbered = select(changes.c.sequence, changes.c.encounter_id, changes.c.kind).order_by(changes.c.sequence)
    for change in connection.execute(numbered).all():
        if change.sequence not in extracted:
            kinds.setdefault(change.encounter_id, []).append(change.kind)
    for row in connection.execute(select(encounters.c.encounter_id, encounters.c.status)).all():
        found = kinds.get(row.encounter_id, [])
        never_added = found[:1] != [ChangeKind.ADDED]
        found = [kind for kind in found if kind is not ChangeKind.MOVED]
        alternating = (
            found == [ChangeKind.ADDED, ChangeKind.RETIRED] * (len(found) // 2) + found[2 * (len(found) // 2) :]
        )
        last = ChangeKind.RETIRED if row.status is EncounterStatus.RETIRED else ChangeKind.ADDED
        if never_added or not alternating or found[-1:] != [last]:
            message = f"the status {row.status.value} does not follow from the changes"
            yield Fault(kind=FaultKind.SEQUENCE, source=row.encounter_id, message=message)


def _check_audit(connection: Connection) -> Iterator[Fault]:
    for fault in log_faults(connection):
        yield Fault(kind=FaultKind.AUDIT, source="audit_events", message=fault)


def _check_signing_keys(connection: Connection) -> Iterator[Fault]:
    for source, fault in key_faults(connection):
        yield Fault(kind=FaultKind.AUDIT, source=source, message=fault)


def _check_counters(connection: Connection) -> Iterator[Fault]:
    for fault in counter_faults(connection):
        yield Fault(kind=FaultKind.COUNTER, source="counters", message=fault)


def _report_unreferenced(connection: Connection, sample_store: SampleStore) -> Iterator[Fault]:
    for path in unreferenced_files(connection, sample_store):
        source = str(path.relative_to(sample_store.folder))
        yield Fault(kind=FaultKind.UNREFERENCED_FILE, source=source, message="no record names this file")
