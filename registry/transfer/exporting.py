"""An export: persons in the order of their identifiers, in pieces that an interrupted export need not write again.

Each person is as recorded at some moment between begin and end; the manifest names the audit events between which that
is. Nobody's data reach the folder before the audit trail durably says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from biometrics.errors import ConfigurationError
from biometrics.protocols import Progress, no_progress
from biometrics.records import Actor
from biometrics.samples import now_utc
from biometrics.signing.signer import Purpose
from registry.access import MOST_NAMED
from registry.columns import utc_text
from registry.store import Registry
from registry.transfer.folder import ExportFolder, ExportState
from registry.transfer.manifest import Manifest
from registry.transfer.person import ExchangedEncounter, ExchangedPerson
from registry.transfer.person_line import write_person
from registry.transfer.signing import write_signature

PERSON_EXPORTED = "person.exported"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOrder:
    """What to export.

    Parameters
    ----------
    actor
        Who exports, and why: a purpose is required.
    gallery
        Only encounters of this gallery, and the persons who have some; None for everybody.
    cbeff
        Whether samples go into a CBEFF file per encounter.

    Raises
    ------
    ConfigurationError
        When no purpose is given.
    """

    actor: Actor
    gallery: str | None = None
    cbeff: bool = False

    def __post_init__(self) -> None:
        if not self.actor.purpose:
            raise ConfigurationError("an export needs a purpose", remedy="say why with --purpose")


def export_people(registry: Registry, folder: Path, order: ExportOrder, progress: Progress = no_progress) -> Manifest:
    """Write everybody into a new folder, or go on with an export that was interrupted; return what it holds.

    Raises
    ------
    ConfigurationError
        When the folder holds something else, or an interrupted export of something else.
    RecordNotFoundError
        When there is no such gallery.
    StorageError
        When the disk is full, or a sample is missing or damaged.
    SigningError
        When the manifest cannot be signed; the export is gone on with when it can.
    """
    target = ExportFolder(folder)
    registry.signing.signer(Purpose.EXPORTS)  # whose absence is better known now than after hours
    with registry.reading() as record:
        if order.gallery is not None:
            record.galleries.require([order.gallery])
        begun = ExportState(gallery=order.gallery, cbeff=order.cbeff, first_event=record.transfer.last_event())
        total = record.transfer.count_subjects(order.gallery)
    state = target.state() or begun
    if (state.gallery, state.cbeff) != (order.gallery, order.cbeff):
        raise ConfigurationError(
            "the folder holds an interrupted export of something else",
            source=str(folder),
            remedy="give the same --gallery and --cbeff, or name another folder",
        )
    target.keep(state)
    export = _Export(registry, target, order)
    while (done := export.next_piece(state)) is not None:
        state = done
        progress(state.persons, max(total, state.persons), "exporting")
    return export.finish(state)


class _Export:
    """One run of an export."""

    def __init__(self, registry: Registry, target: ExportFolder, order: ExportOrder) -> None:
        self._registry = registry
        self._target = target
        self._order = order

    def next_piece(self, state: ExportState) -> ExportState | None:
        """Write the next persons, and return how far that is; None when there are no more."""
        gallery = self._order.gallery
        with self._registry.reading() as record:
            subject_ids = record.transfer.subjects_after(state.subject_id, gallery, MOST_NAMED)
        if not subject_ids:
            return None
        people = self._registry.consult(
            self._order.actor,
            PERSON_EXPORTED,
            subject_ids,
            lambda record: record.transfer.persons(subject_ids, gallery),
        )
        written = [self._with_files(person) for person in people]
        end = self._target.append(state.line_bytes, map(write_person, written))
        done = _counted(replace(state, subject_id=subject_ids[-1], line_bytes=end), written)
        self._target.keep(done)
        return done

    def finish(self, state: ExportState) -> Manifest:
        """Write the manifest, and its signature before it."""
        self._target.append(state.line_bytes, ())
        size, sha256 = self._target.finish_lines()
        with self._registry.reading() as record:
            last_event = record.transfer.last_event()
        manifest = Manifest(
            persons_bytes=size,
            persons_sha256=sha256,
            persons=state.persons,
            simulated_persons=state.simulated_persons,
            encounters=state.encounters,
            samples=state.samples,
            references=state.references,
            models=state.models,
            gallery=state.gallery,
            cbeff=state.cbeff,
            first_event=state.first_event,
            last_event=last_event,
            made_at=utc_text(now_utc()),
        )
        write_signature(self._target.folder, self._registry.signing.sign(Purpose.EXPORTS, manifest.content))
        manifest.write(self._target.folder)
        self._target.forget_state()
        return manifest

    def _with_files(self, person: ExchangedPerson) -> ExchangedPerson:
        """Write the files a person names, verified; return the person naming CBEFF files where they are wanted."""
        encounters = (
            tuple(self._with_cbeff(one) for one in person.encounters) if self._order.cbeff else person.encounters
        )
        within = {sample.sha256 for one in encounters if one.cbeff is not None for sample in one.encounter.samples}
        for sha256 in person.sample_digests:
            if sha256 not in within:
                self._target.keep_file(sha256, self._registry.sample_bytes(sha256))
        return replace(person, encounters=encounters)

    def _with_cbeff(self, one: ExchangedEncounter) -> ExchangedEncounter:
        samples = one.encounter.samples
        if not samples:
            return one
        held = ((sample, self._registry.sample_bytes(sample.sha256)) for sample in samples)
        return replace(one, cbeff=self._target.keep_cbeff(one.encounter.encounter_id, held))


def _counted(state: ExportState, people: Sequence[ExchangedPerson]) -> ExportState:
    encounters = [one for person in people for one in person.encounters]
    references = [reference for one in encounters for reference in one.references]
    models = {reference.template.format.model_id for reference in references}
    return replace(
        state,
        persons=state.persons + len(people),
        simulated_persons=state.simulated_persons + sum(person.subject.simulated for person in people),
        encounters=state.encounters + len(encounters),
        samples=state.samples + sum(len(one.encounter.samples) for one in encounters),
        references=state.references + len(references),
        models=tuple(sorted(models.union(state.models))),
    )
