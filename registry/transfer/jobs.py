"""How far imports have come: a row for each, changed together with the records it brings."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from sqlalchemy import Connection, insert, select, update

from biometrics.errors import ConfigurationError, RecordBusyError
from biometrics.samples import now_utc
from registry.audit import append_event
from registry.galleries import require_galleries
from registry.identifiers import new_identifier
from registry.keys.sections import keyring_of
from registry.tables.imports import ImportPhase, imports
from registry.transfer.source import ImportSource, changed_source

IMPORT_BEGUN = "import.begun"
IMPORT_ADVANCED = "import.advanced"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportJob:
    """An import and what it has done.

    Parameters
    ----------
    phase
        Persons, then what joins them, then nothing any more.
    line, bytes_read
        The last line that is done and where it ends; of links, how many are done.
    added
        Persons whom nobody knew.
    completed
        Persons who were enrolled and about whom nothing was stated yet.
    skipped
        Persons who were recorded already, exactly so.
    refused
        Lines in the report.
    encounters, links
        How many came with the persons, and how many guardians and merges are to be joined.
    report, report_bytes
        The file of refusals, and how much of it belongs to what is done.
    """

    import_id: str
    source: str
    sha256: str
    gallery: str
    phase: ImportPhase
    line: int
    bytes_read: int
    added: int
    completed: int
    skipped: int
    refused: int
    encounters: int
    links: int
    report: str
    report_bytes: int


_NAMES = tuple(field.name for field in fields(ImportJob))
COUNTS = ("added", "completed", "skipped", "refused", "encounters", "links")


def find_job(connection: Connection, source: ImportSource) -> ImportJob | None:
    """Return the import of exactly this content.

    Raises
    ------
    RecordConflictError
        When another content of this file is half imported.
    """
    row = connection.execute(select(imports).where(imports.c.sha256 == source.sha256)).one_or_none()
    if row is not None:
        return ImportJob(**{name: getattr(row, name) for name in _NAMES} | {"sha256": source.sha256})
    unfinished = imports.c.source == source.name, imports.c.phase != ImportPhase.FINISHED
    changed = connection.execute(select(imports.c.line).where(*unfinished)).first()
    if changed is not None:
        raise changed_source(source.name, changed.line)
    return None


def begin_job(connection: Connection, source: ImportSource, gallery: str, report: Path) -> ImportJob:
    """Record that an import begins.

    Raises
    ------
    RecordNotFoundError
        When there is no such gallery.
    """
    require_galleries(connection, [gallery])
    job = ImportJob(
        import_id=new_identifier(),
        source=source.name,
        sha256=source.sha256,
        gallery=gallery,
        phase=ImportPhase.PERSONS,
        line=0,
        bytes_read=0,
        report=str(report),
        report_bytes=0,
        **dict.fromkeys(COUNTS, 0),
    )
    connection.execute(insert(imports).values(**asdict(job), begun_at=now_utc(), changed_at=now_utc()))
    token = keyring_of(connection).token("imports.sha256", job.sha256)
    details = {"import_id": job.import_id, "content": token, "bytes": source.size, "gallery": gallery}
    append_event(connection, action=IMPORT_BEGUN, subject_id=None, details=details)
    return job


def require_same(job: ImportJob, gallery: str, report: Path | None) -> None:
    """Refuse to go on with an import otherwise than it began.

    Raises
    ------
    ConfigurationError
        When it began with another gallery or another report.
    """
    if job.gallery != gallery:
        raise ConfigurationError(
            f"this import began with the gallery {job.gallery}",
            source=job.source,
            remedy=f"give --gallery {job.gallery}",
        )
    if report is not None and str(report.resolve()) != job.report:
        raise ConfigurationError(
            "this import began with another report", source=job.source, remedy=f"give --errors {job.report}"
        )


def advance_job(connection: Connection, job: ImportJob, done: ImportJob) -> None:
    """Record that an import has come from `job` to `done`, and leave the event of it.

    Raises
    ------
    RecordBusyError
        When it was not at `job` any more.
    """
    here = imports.c.import_id == job.import_id, imports.c.phase == job.phase, imports.c.line == job.line
    changed = {name: getattr(done, name) for name in _NAMES} | {"changed_at": now_utc()}
    if connection.execute(update(imports).where(*here).values(**changed)).rowcount != 1:
        raise RecordBusyError(
            "another process goes on with this import", source=job.source, remedy="wait until it is done"
        )
    details: dict[str, object] = {
        "import_id": job.import_id,
        "phase": job.phase.value,
        "after": job.line,
        "until": done.line,
        "finished": done.phase is ImportPhase.FINISHED,
    }
    details |= {name: getattr(done, name) - getattr(job, name) for name in COUNTS}
    append_event(connection, action=IMPORT_ADVANCED, subject_id=None, details=details)


def after_persons(job: ImportJob) -> ImportJob:
    """Return an import whose persons are all done."""
    phase = ImportPhase.LINKS if job.links else ImportPhase.FINISHED
    return replace(job, phase=phase, line=0 if job.links else job.line)
