"""The line of one person, read and written; lines of simulated populations are read too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from biometrics.errors import PersonDataError
from biometrics.people.fields import optionally, read_fields, read_flag, read_list, stated_word
from biometrics.people.history import GrantedException
from biometrics.people.identifiers import IdentifierScheme
from biometrics.people.text import stated_text
from biometrics.records import Subject, SubjectStatus
from registry.columns import canonical_json, utc_text
from registry.identifiers import new_identifier
from registry.transfer.fields import read_identifier, read_text, read_time, told
from registry.transfer.meetings import encounter_document, read_encounter
from registry.transfer.person import ExchangedMerge, ExchangedPerson, Unsaid
from registry.transfer.statement_documents import file_documents
from registry.transfer.statements import STATEMENTS, read_file

LONGEST_LABEL = 200

_OPTIONAL = ("subject_id", "simulated", "status", "created_at", *STATEMENTS, "encounters", "merge")
_SIMULATED = ("simulated", "person", "number", "given_name", "surname", "sex", "birth_date", "birth_place")
_SIMULATED_OPTIONAL = ("missing_fingers",)
_STANDING = {SubjectStatus.ACTIVE, SubjectStatus.INACTIVE, SubjectStatus.DECEASED}


def read_person(document: Mapping[str, object], unsaid: Unsaid, known_as: str | None = None) -> ExchangedPerson:
    """Return the person of a line; what it leaves out is made up from `unsaid`, or new.

    Parameters
    ----------
    document
        The JSON object of the line.
    unsaid
        What counts where it leaves something out.
    known_as
        Whom it tells of, where that is known already.

    Raises
    ------
    BiometricsError
        When a field is missing, unknown, of the wrong type, or tells what cannot be.
    """
    if "person" in document:
        document = _from_simulated(document)
    fields = read_fields(document, what="a person's line", required=("label",), optional=_OPTIONAL)
    own_id = optionally(fields, "subject_id", lambda value: read_identifier(value, what="subject_id"))
    subject_id = known_as or own_id or new_identifier()
    simulated = read_flag(fields.get("simulated", False), what="simulated")
    status = stated_word(fields.get("status", SubjectStatus.ACTIVE.value), SubjectStatus, "the status of a person")
    if status not in _STANDING:
        raise PersonDataError("only the registry itself merges or purges", remedy="give the status it had before")
    met = [
        read_encounter(one, subject_id, unsaid) for one in read_list(fields.get("encounters", []), what="encounters")
    ]
    exceptions = tuple(one for _, granted in met for one in granted)
    person = ExchangedPerson(
        subject=Subject(subject_id=subject_id, label=_label(fields["label"]), simulated=simulated, status=status),
        created_at=read_time(fields["created_at"], what="created_at") if "created_at" in fields else unsaid.at,
        file=replace(read_file(fields, subject_id, unsaid), exceptions=exceptions),
        encounters=tuple(encounter for encounter, _ in met),
        merge=optionally(fields, "merge", _merge),
        names_itself=own_id is not None,
    )
    _require_own(person)
    _require_honest(person)
    return person


def write_person(person: ExchangedPerson) -> str:
    """Return the line of a person, without its end; the same person always has the same line."""
    exceptions: dict[str, list[GrantedException]] = {}
    for granted in person.file.exceptions:
        exceptions.setdefault(granted.encounter_id, []).append(granted)
    encounters = [encounter_document(one, exceptions.get(one.encounter.encounter_id, ())) for one in person.encounters]
    merge = person.merge
    return canonical_json(
        told(
            {
                "subject_id": person.subject.subject_id,
                "label": person.subject.label,
                "simulated": person.subject.simulated,
                "status": person.subject.status.value,
                "created_at": utc_text(person.created_at),
                **file_documents(person.file),
                "encounters": encounters or None,
                "merge": None if merge is None else _merge_document(merge),
            }
        )
    )


def _label(value: object) -> str:
    label = stated_text(value, what="the label", longest=LONGEST_LABEL)
    if not label or label != value:
        raise PersonDataError("the label is empty, or has white space to spare", remedy="give each person a label")
    return label


def _merge(document: object) -> ExchangedMerge:
    fields = read_fields(document, what="a merge", required=("into_id", "reason", "merged_at"))
    return ExchangedMerge(
        into_id=read_identifier(fields["into_id"], what="into_id"),
        reason=read_text(fields["reason"], what="the reason of a merge"),
        merged_at=read_time(fields["merged_at"], what="merged_at"),
    )


def _merge_document(merge: ExchangedMerge) -> dict[str, Any]:
    return {"into_id": merge.into_id, "reason": merge.reason, "merged_at": utc_text(merge.merged_at)}


def _from_simulated(document: Mapping[str, object]) -> dict[str, object]:
    """Return the line that says what one of a simulated population does; fingers that lack need an encounter."""
    given = read_fields(document, what="a simulated person's line", required=_SIMULATED, optional=_SIMULATED_OPTIONAL)
    if given["simulated"] is not True:
        raise PersonDataError("only simulated populations have such lines", remedy="give a label and a record")
    return {
        "label": given["person"],
        "simulated": True,
        "record": {
            "names": [{"family": given["surname"], "given": given["given_name"]}],
            **{name: given[name] for name in ("sex", "birth_date", "birth_place")},
        },
        "numbers": [{"scheme": IdentifierScheme.SIMULATED.value, "value": given["number"]}],
    }


def _require_own(person: ExchangedPerson) -> None:
    """Refuse what would only be noticed by the database, far from its line."""
    own = {one.encounter.encounter_id for one in person.encounters}
    named = {one.encounter_id for one in person.file.versions} | {one.encounter_id for one in person.file.evidence}
    if len(own) < len(person.encounters) or not named - {None} <= own:
        raise PersonDataError("encounters are repeated, or something names one that the line does not have")
    papers = {one.evidence_id for one in person.file.evidence}
    proofs = {one.event.evidence_id for one in person.file.life_events}
    successors = {one.replaced_by for one in person.file.evidence}
    if len(papers) < len(person.file.evidence) or not (proofs | successors) - {None} <= papers:
        raise PersonDataError("papers are repeated, or something names one that the line does not have")
    if [one.version for one in person.file.versions] != list(range(1, len(person.file.versions) + 1)):
        raise PersonDataError("the versions of a person are not numbered from 1")
    for one in person.encounters:
        samples = {sample.sha256 for sample in one.encounter.samples} | {None}
        if one.cbeff is None and not {reference.sample_sha256 for reference in one.references} <= samples:
            raise PersonDataError("a reference names a sample that its encounter does not have")
    if person.merge is not None and person.merge.into_id == person.subject.subject_id:
        raise PersonDataError("a person is merged into themselves")


def _require_honest(person: ExchangedPerson) -> None:
    """Refuse a real person with simulated parts, and the other way round."""
    numbers = {held.number.scheme for held in person.file.numbers}
    flags = [sample.simulated for one in person.encounters for sample in one.encounter.samples]
    flags += [reference.template.simulated for one in person.encounters for reference in one.references]
    simulated = person.subject.simulated
    if any(flag is not simulated for flag in flags) or (IdentifierScheme.SIMULATED in numbers and not simulated):
        raise PersonDataError(
            "a real person has simulated numbers, samples or templates, or a simulated one has real samples",
            remedy="say simulated of all of it, or of nothing",
        )
