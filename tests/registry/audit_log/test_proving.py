"""An event is proved with few rows, and no event that was edited is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event as sa_event

from biometrics.errors import RecordError, RecordNotFoundError
from biometrics.samples import now_utc
from registry.audit_log.entries import entry_of_row
from registry.audit_log.examining import Examination
from registry.audit_log.exports import signed_head
from registry.audit_log.hashing import KEPT_EVERY
from registry.audit_log.proofs import consistency_proof, verify_consistency
from registry.audit_log.proving import InclusionProof, LogTree, prove_event
from registry.audit_log.tree_heads import current_head
from registry.audit_log.verifying import raw_events
from registry.signing.software import SoftwareSigner
from registry.store import Registry
from tests.registry.raw import tamper

EVENTS = 3 * (1 << KEPT_EVERY) + 77
SIGNER = SoftwareSigner(bytes(32))


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with Registry.open(tmp_path_factory.mktemp("grown")) as registry:
        with registry.writing() as writer:
            for number in range(EVENTS):
                writer.append_event("x", None, {"number": number})
        yield registry


def prove(registry: Registry, sequence: int) -> InclusionProof:
    with registry._database.reading() as connection:
        return prove_event(connection, sequence, signed_head(connection, SIGNER, now_utc()))


@pytest.mark.parametrize("sequence", [1, 2, 255, 256, 257, 512, 768, 769, EVENTS - 1, EVENTS])
def test_every_event_is_proved(grown: Registry, sequence: int) -> None:
    proof = prove(grown, sequence)
    assert proof.holds
    other = InclusionProof(
        sequence=proof.sequence, entry=proof.entry.replace(b"system", b"nobody"), path=proof.path, head=proof.head
    )
    assert not other.holds


def test_a_proof_is_read_as_it_is_written(grown: Registry) -> None:
    proof = prove(grown, 300)
    assert InclusionProof.read(json.dumps(proof.document())) == proof
    for text in ("{}", "[]", "x", json.dumps(proof.document() | {"path": ["00"]})):
        with pytest.raises(RecordError, match="no proof"):
            InclusionProof.read(text)


def test_few_questions_are_asked(grown: Registry) -> None:
    statements = 0

    def count(_: Any, cursor: Any, statement: str, *__: Any) -> None:
        nonlocal statements
        statements += 1

    sa_event.listen(grown._database._engine, "after_cursor_execute", count)
    try:
        prove(grown, 300)
    finally:
        sa_event.remove(grown._database._engine, "after_cursor_execute", count)
    assert statements < 20


@pytest.mark.parametrize("earlier", [1, 255, 256, 300, 512, EVENTS - 1, EVENTS])
def test_the_log_goes_on_where_it_ended(grown: Registry, earlier: int) -> None:
    with grown._database.reading() as connection:
        tree, head = LogTree(connection), current_head(connection)
        before = plain_root(grown, earlier)
        proof = consistency_proof(earlier, head.size, tree.range_hash)
    assert verify_consistency(earlier, head.size, proof, before, head.root)


def plain_root(registry: Registry, size: int) -> bytes:
    found = Examination()
    with registry._database.reading() as connection:
        found.take(entry_of_row(row) or b"" for row in raw_events(connection) if row.sequence <= size)
    return found.root


def test_there_is_no_proof_of_an_event_that_is_not_there(grown: Registry) -> None:
    for sequence in (0, EVENTS + 1):
        with pytest.raises(RecordNotFoundError, match="no such event"):
            prove(grown, sequence)


def test_there_is_no_proof_of_an_edited_event(registry: Registry) -> None:
    with registry.writing() as writer:
        for number in range(5):
            writer.append_event("x", None, {"number": number})
    tamper(registry, "UPDATE audit_events SET action = 'y' WHERE sequence = 3")
    with pytest.raises(RecordError, match="not what was written"):
        prove(registry, 3)
