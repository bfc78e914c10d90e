"""An import: lines in batches, each recorded together with how far the import has come.

Whoever is killed at any moment runs the same again: it goes on behind the last batch that was recorded, and what was
recorded stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from biometrics.errors import BiometricsError, PersonDataError, RecordConflictError, RecordNotFoundError
from biometrics.protocols import Progress, no_progress
from biometrics.records import DEFAULT_GALLERY, Actor
from biometrics.samples import now_utc
from biometrics.signing.trust import KeySet
from registry.store import Registry
from registry.tables.imports import ImportPhase
from registry.transfer.jobs import ImportJob, after_persons, require_same
from registry.transfer.known import ReadPerson, Sorted
from registry.transfer.lines import Line, parse_line, read_lines
from registry.transfer.links import count_links, read_links
from registry.transfer.person import Unsaid
from registry.transfer.person_line import read_person
from registry.transfer.preparing import prepare_person
from registry.transfer.report import ErrorReport, refusal
from registry.transfer.signing import require_signed
from registry.transfer.source import ImportSource, open_source

PERSONS_AT_ONCE = 2000
"""Persons of one section, about a second: of 500, each page of an index is written anew four times as often."""

_LINKS_AT_ONCE = 100
_KILOBYTE = 1024

_ABOUT_ONE_PERSON = (RecordConflictError, RecordNotFoundError, PersonDataError)
"""What the database may still refuse about some person of a batch; then the others are recorded without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """How to import.

    Parameters
    ----------
    actor
        Who imports.
    reports
        Folder for the report of refused lines.
    report
        Another file for it; None for one in the folder.
    gallery
        Of encounters that name none.
    signers
        Who must have signed the folder; None where nobody need have.
    """

    actor: Actor
    reports: Path
    report: Path | None = None
    gallery: str = DEFAULT_GALLERY
    signers: KeySet | None = None


def import_people(registry: Registry, path: Path, order: ImportOrder, progress: Progress = no_progress) -> ImportJob:
    """Import a folder with a manifest, or a file with a person per line, and return what was done.

    An import that was interrupted is gone on with; one that is finished changes nothing.

    Raises
    ------
    ManifestError, StorageError
        When the source is not complete or cannot be read.
    RecordConflictError
        When the source changed since the import began.
    ConfigurationError
        When an import is gone on with otherwise than it began.
    RecordNotFoundError
        When there is no such gallery.
    SignatureInvalidError
        When the folder is not signed by whom it must be.
    """
    if order.signers is not None:
        require_signed(path, order.signers, now=now_utc())
    source = open_source(path)
    with registry.reading() as record:
        job = record.transfer.find_import(source)
    if job is None:
        told_apart = registry.keys.token("imports.report", source.sha256)[:16]
        report = order.report or order.reports / f"import-{told_apart}-refused.jsonl"
        with registry.writing(order.actor) as writer:
            job = writer.transfer.begin(source, order.gallery, report.resolve())
    else:
        require_same(job, order.gallery, order.report)
    return _Import(registry, source, order.actor, job).run(progress)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Lines that follow each other: the persons they tell of, and those that were refused already."""

    lines: tuple[Line, ...]
    read: tuple[ReadPerson, ...] = ()
    refused: tuple[tuple[Line, BiometricsError], ...] = ()

    def halves(self) -> tuple[_Batch, _Batch]:
        middle = self.lines[len(self.lines) // 2].number
        return self._part(lambda line: line.number < middle), self._part(lambda line: line.number >= middle)

    def _part(self, belongs: Callable[[Line], bool]) -> _Batch:
        return _Batch(
            lines=tuple(line for line in self.lines if belongs(line)),
            read=tuple(one for one in self.read if belongs(one.line)),
            refused=tuple(one for one in self.refused if belongs(one[0])),
        )


class _Import:
    """One run of an import."""

    def __init__(self, registry: Registry, source: ImportSource, actor: Actor, job: ImportJob) -> None:
        self._registry = registry
        self._source = source
        self._actor = actor
        self._job = job
        self._report = ErrorReport(Path(job.report))
        self._unsaid = Unsaid(at=now_utc(), actor=actor.name, galleries=(job.gallery,))

    def run(self, progress: Progress) -> ImportJob:
        if self._job.phase is not ImportPhase.FINISHED:
            self._report.write(self._job.report_bytes, ())  # what a killed run wrote behind its last commit
        if self._job.phase is ImportPhase.PERSONS:
            self._record_persons(progress)
        if self._job.phase is ImportPhase.LINKS:
            self._record_links(progress)
        return self._job

    def _record_persons(self, progress: Progress) -> None:
        with self._source.lines.open("rb") as file, ExitStack() as pools:
            pool = pools.enter_context(ThreadPoolExecutor(thread_name_prefix="import"))
            ahead = pools.enter_context(ThreadPoolExecutor(1, thread_name_prefix="read-ahead"))
            lines = read_lines(file, self._job.line, self._job.bytes_read)
            coming = ahead.submit(self._next_batch, lines, pool)
            while (batch := coming.result()).lines:
                coming = ahead.submit(self._next_batch, lines, pool)  # while the database is busy with this one
                self._source.require_unchanged()
                self._record(batch)
                progress(self._job.bytes_read // _KILOBYTE, self._source.size // _KILOBYTE, "importing (KB)")
        self._advance(after_persons(self._job))

    def _next_batch(self, lines: Iterator[Line], pool: ThreadPoolExecutor) -> _Batch:
        return self._read(tuple(islice(lines, PERSONS_AT_ONCE)), pool)

    def _read(self, lines: tuple[Line, ...], pool: ThreadPoolExecutor) -> _Batch:
        """Return what lines tell, with the files they name stored."""
        read: list[ReadPerson] = []
        refused: list[tuple[Line, BiometricsError]] = []
        for line in lines:
            try:
                read.append(ReadPerson(line=line, person=read_person(parse_line(line), self._unsaid)))
            except BiometricsError as error:
                refused.append((line, error))
        prepared: list[ReadPerson] = []
        for one in pool.map(self._prepare, read) if any(person.person.encounters for person in read) else read:
            if isinstance(one, ReadPerson):
                prepared.append(one)
            else:
                refused.append(one)
        return _Batch(lines=lines, read=tuple(prepared), refused=tuple(refused))

    def _prepare(self, one: ReadPerson) -> ReadPerson | tuple[Line, BiometricsError]:
        try:
            prepared = prepare_person(one.person, self._source.folder, self._registry.keep_sample)
            return ReadPerson(line=one.line, person=prepared)
        except BiometricsError as error:
            return one.line, error

    def _record(self, batch: _Batch) -> None:
        """Record a batch in one section; where the database refuses one of its persons, the others in further ones."""
        try:
            with self._registry.writing(self._actor) as writer:
                found = writer.transfer.sort_out(batch.read)
                completing = [self._completed(one, subject.subject_id) for one, subject in found.completing]
                done = self._after(batch, found)
                writer.transfer.record(self._job, found.new, completing, done)
        except _ABOUT_ONE_PERSON as error:
            if not batch.read:
                raise
            if len(batch.lines) > 1:
                for half in batch.halves():
                    self._record(half)
                return
            (one,) = batch.read
            self._record(_Batch(lines=batch.lines, refused=((one.line, error),)))
            return
        self._job = done

    def _completed(self, one: ReadPerson, subject_id: str) -> ReadPerson:
        person = read_person(parse_line(one.line), self._unsaid, known_as=subject_id)
        return ReadPerson(line=one.line, person=person)

    def _after(self, batch: _Batch, found: Sorted) -> ImportJob:
        """Return the job as it is with this batch, its refusals written."""
        refused = sorted((*batch.refused, *found.refused), key=lambda one: one[0].number)
        written = [refusal(line.number, error) for line, error in refused]
        job, last = self._job, batch.lines[-1]
        people = [*found.new, *(one for one, _ in found.completing)]
        return replace(
            job,
            line=last.number,
            bytes_read=last.end,
            added=job.added + len(found.new),
            completed=job.completed + len(found.completing),
            skipped=job.skipped + len(found.same),
            refused=job.refused + len(refused),
            encounters=job.encounters + sum(len(one.person.encounters) for one in found.new),
            links=job.links + sum(count_links(one.person) for one in people),
            report_bytes=self._report.write(job.report_bytes, written),
        )

    def _record_links(self, progress: Progress) -> None:
        with self._source.lines.open("rb") as file:
            links = read_links(read_lines(file), self._unsaid)
        while self._job.line < len(links):
            self._source.require_unchanged()
            some = links[self._job.line : self._job.line + _LINKS_AT_ONCE]
            refusals: list[bytes] = []
            with self._registry.writing(self._actor) as writer:
                for one in some:
                    subject_id = writer.transfer.brought_by(self._job, one.line)
                    if subject_id is None:
                        continue
                    try:
                        with writer.attempt(self._actor):
                            writer.transfer.link(subject_id, one.link)
                    except _ABOUT_ONE_PERSON as error:
                        refusals.append(refusal(one.line, error))
                done = replace(
                    self._job,
                    line=self._job.line + len(some),
                    refused=self._job.refused + len(refusals),
                    report_bytes=self._report.write(self._job.report_bytes, refusals),
                )
                writer.transfer.advance(self._job, done)
            self._job = done
            progress(done.line, len(links), "joining persons")
        self._advance(replace(self._job, phase=ImportPhase.FINISHED))

    def _advance(self, done: ImportJob) -> None:
        with self._registry.writing(self._actor) as writer:
            writer.transfer.advance(self._job, done)
        self._job = done
