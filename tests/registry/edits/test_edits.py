"""Whoever can write to the database and has no keys is found: any column of any table, a value at a time.

`KURA_TEST_THOROUGH=1` edits all of them, three rows a table; otherwise a sample by a seed.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from sqlalchemy import select

from biometrics.errors import StorageError
from registry.sealed import as_it_lies
from registry.store import Registry
from registry.tables.base import metadata
from registry.tables.core import staged_references
from tests.registry.edits.everything import fill_everything
from tests.registry.edits.flipping import flips, found
from tests.registry.people import enroll
from tests.registry.raw import tamper
from tests.registry.test_replacement import TARGET, stage_all

THOROUGH = bool(os.environ.get("KURA_TEST_THOROUGH"))
SAMPLED = 90

NOT_FOUND: dict[str, str] = {
    "says how far an import came; whoever changes it lets lines be read again, or left out, which its report tells": """
        imports.source imports.sha256 imports.phase imports.line imports.bytes_read imports.added imports.completed
        imports.skipped imports.refused imports.encounters imports.links imports.report imports.report_bytes
        imports.begun_at imports.changed_at imported_persons.line imported_persons.sha256""",
    "an anchor that was never delivered is missed in the sink, which is compared with the log": """
        audit_anchors.delivered_at""",
    "nothing is decided by it": """
        galleries.created_at installation_keys.made_at kura_schema.installed_at waiting_receipts.since""",
    "its sums are of no effect on any person": "counters.seconds",
    "a key opens whatever it says here; one that does not is found by `kura keys check`": """
        installation_keys.generation installation_keys.kek_id""",
    "another version is not opened": "kura_schema.version",
    "work that nobody sees before it is exchanged, and which the exchange refuses": """
        staged_references.model_id staged_references.reference_id""",
    "orders what the log names in its order": "merge_encounters.ordinal",
}
"""Columns of which an edit is not found, with the reason why that does no harm."""

_EXCEPTED = {name for names in NOT_FOUND.values() for name in names.split()}


def test_every_table_has_a_row_to_edit(registry: Registry, home: Path) -> None:
    fill_everything(registry, home)
    assert registry.check() == []
    with registry.reading() as record:
        filled = {flip.column.table.name for flip in flips(record._connection)}
    empty = {table.name for table in metadata.sorted_tables} - filled
    assert empty == {"audit_subtrees", "examiners"}  # of 256 events; what an examiner was handed


def test_an_edit_of_any_column_is_found(registry: Registry, home: Path) -> None:
    fill_everything(registry, home)
    with registry.reading() as record:
        wanted = [one for one in flips(record._connection) if _name(one.column) not in _EXCEPTED]
    chosen = wanted if THOROUGH else random.Random(9).sample(wanted, SAMPLED)
    answers = {str(flip): found(registry, flip) for flip in chosen}
    assert [name for name, faults in answers.items() if faults == []] == []
    assert sum(bool(faults) for faults in answers.values()) > len(chosen) // 2, "most edits are possible"
    assert registry.check() == [], "every edit was undone"


def test_a_template_staged_for_another_person_is_not_exchanged(registry: Registry) -> None:
    """Its sealed value opens in any row, so that two persons' references could be swapped by a re-extraction."""
    enroll(registry, "one"), enroll(registry, "two", 1)
    stage_all(registry)
    with registry.reading() as record:
        lying = select(staged_references.c.replaces, as_it_lies(staged_references.c.template))
        (one, first), (other, second) = record._connection.execute(lying).all()
    for replaces, template in ((one, second), (other, first)):
        statement = "UPDATE staged_references SET template = :template WHERE replaces = :replaces"
        assert tamper(registry, statement, template=template, replaces=replaces) == 1
    assert {"sealed under another's key" in fault.message for fault in registry.check()} == {True}
    with pytest.raises(StorageError, match="another's key"), registry.writing() as writer:
        writer.replace_references(TARGET)


def _name(column: object) -> str:
    return f"{column.table.name}.{column.name}"  # type: ignore[attr-defined]
