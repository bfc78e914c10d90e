"""Every column is sealed or declared open with a reason: one that nobody decided about is an error here.

Open by their kind are references to other rows, moments, flags and words of a closed list. Whoever adds another column
adds it to `OPEN`, under the reason why somebody with the disk and no keys may read it, or seals it.
"""

from __future__ import annotations

import pytest
from sqlalchemy import Boolean, Column, Table

from registry.columns import UtcTime, Word
from registry.sealed import Sealed, SearchText, Token
from registry.store import Registry
from registry.tables.base import metadata

OPEN: dict[str, str] = {
    "a random identifier": """
        cases.case_id data_keys.owner_id draft_buffers.buffer_id drafts.row_id encounters.encounter_id
        erasures.erasure_id evidence.evidence_id guardians.guardian_id identifiers.identifier_id
        imports.import_id kept_answers.row_id kept_files.owner_id kept_files.file legal_holds.hold_id
        life_events.event_id merges.merge_id notifications.notification_id notifications.reference
        biometric_references.reference_id restrictions.restriction_id retention_runs.run_id
        rights_requests.request_id staged_references.reference_id subjects.subject_id tasks.task_id
        audit_events.subject_id erasures.subjects erasures.encounters heads.log_id""",
    "an ordinal, a count, a size or a version": """
        audit_anchors.number audit_anchors.size audit_events.sequence audit_subtrees.height
        audit_subtrees.position biometric_references.ordinal biometric_references.dimension
        biometric_references.added_at biometric_references.retired_at case_candidates.rank
        case_reopenings.round case_verdicts.ordinal case_verdicts.round cases.round changes.sequence
        counters.number counters.seconds data_keys.root_generation decided_pairs.change draft_buffers.size
        drafts.version encounter_notices.version erasures.removed examiners.handed heads.id
        heads.change_sequence heads.event_sequence imported_persons.line imports.line imports.bytes_read
        imports.added imports.completed imports.skipped imports.refused imports.encounters imports.links
        imports.report_bytes installation_keys.generation installation_keys.root_generation
        kept_answers.status kura_schema.version merge_encounters.ordinal notifications.attempts
        person_search.birth_rank person_versions.version retention_runs.removed samples.ordinal tasks.attempts
        tasks.priority totals.row_count""",
    "who works with the registry, by the account's name": """
        audit_events.actor capture_exceptions.operator capture_exceptions.approver case_reopenings.actor
        case_verdicts.examiner cases.assigned_to counters.operator drafts.client encounter_moves.actor
        encounter_notices.given_by encounters.operator erasures.asked_by erasures.approved_by evidence.actor
        examiners.examiner guardians.actor identifiers.actor kept_answers.client legal_holds.placed_by
        legal_holds.lifted_by life_events.actor life_events.annulled_by merges.actor merges.undone_by
        person_versions.actor restrictions.placed_by restrictions.lifted_by rights_requests.received_by
        rights_requests.answered_by rights_requests.approved_by tasks.client audit_events.client""",
    "where and for what somebody was met": """
        audit_events.post audit_events.station audit_events.purpose cases.post counters.post counters.station
        encounters.station encounters.post encounters.purpose restrictions.purpose counters.gallery
        counters.period counters.measure galleries.gallery_id galleries.purpose changes.galleries
        changes.from_galleries person_search.galleries""",
    "the program's own word": """
        audit_events.action audit_events.route audit_events.scope biometric_references.algorithm
        biometric_references.version biometric_references.model_id biometric_references.metric cases.reason
        draft_buffers.media_type encounters.policy_version installation_keys.name installation_keys.kek_id
        notifications.event retention_runs.rule samples.quality_algorithm samples.unextracted
        staged_references.failure staged_references.model_id tasks.operation totals.table_name
        encounter_notices.notice encounter_notices.language""",
    "identifiers, digests, counts and words of this list only, by the rules of the trail": "audit_events.details",
    "scores and doubts of a search, and what closing did to which row": """
        case_candidates.score case_candidates.scores case_candidates.fmrs cases.evidence cases.effects""",
    "how good a picture is, at what resolution": """
        samples.ppi samples.quality samples.quality_components samples.pad""",
    "a digest of what cannot be guessed: a picture, a scan, an event, a published text": """
        audit_events.digest audit_subtrees.digest biometric_references.sample_sha256
        capture_exceptions.photo_sha256 draft_buffers.sha256 encounter_notices.sha256 erasures.files
        evidence.scan_sha256 heads.event_digest heads.frontier heads.event_mac kept_files.sha256
        samples.sha256 audit_anchors.line""",
    "a key that another key wraps, or the public half of one": """
        data_keys.wrapped installation_keys.wrapped signing_keys.key_id signing_keys.public_key
        signing_keys.held""",
    "a date of birth without a name, which searches walk through in order": "person_search.born_from",
    "names of files, which the importer chose": "imports.source imports.report",
    "random, and told only to choose cases by": "examiners.seed",
    "a rule of law by which an authority acts": "erasures.basis",
    "random: the row that it belongs to holds nothing that could be guessed by it": """
        encounter_notices.nonce erasures.nonce notifications.nonce retention_runs.nonce""",
}

_DECLARED = [name for names in OPEN.values() for name in names.split()]
_TABLES = metadata.sorted_tables


def _kind_says_enough(column: Column[object]) -> bool:
    return bool(column.foreign_keys) or isinstance(column.type, (UtcTime, Boolean, Word))


def _is_sealed(column: Column[object]) -> bool:
    return isinstance(column.type, (Sealed, Token, SearchText))


def test_every_column_is_sealed_or_open_for_a_reason() -> None:
    open_columns = {
        f"{table.name}.{column.name}"
        for table in _TABLES
        for column in table.columns
        if not _is_sealed(column) and not _kind_says_enough(column)
    }
    assert sorted(open_columns - set(_DECLARED)) == []
    assert sorted(set(_DECLARED) - open_columns) == []
    assert len(_DECLARED) == len(set(_DECLARED))


@pytest.mark.parametrize("table", _TABLES, ids=lambda table: table.name)
def test_a_sealed_column_names_itself(table: Table) -> None:
    """A value must not open in another column, so each has its own context, and a token that of what it stands for."""
    for column in table.columns:
        own = f"{table.name}.{column.name}"
        if isinstance(column.type, Token):
            names = (own, own.removesuffix("_token"), own.replace("_token", "_id"))
            assert column.type.context in names
        elif isinstance(column.type, (Sealed, SearchText)):
            assert column.type.context == own


def test_what_is_sealed_lies_so(registry: Registry) -> None:
    """Nothing sealed lies in a column of text, which other programs would show."""
    for table in _TABLES:
        for column in table.columns:
            if isinstance(column.type, (Sealed, SearchText)):
                assert "text" not in str(column.type.compile(registry._database._engine.dialect)).lower()
