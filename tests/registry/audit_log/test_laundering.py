"""Whoever rewrote the log without the keys gets no MAC and no signature for it by waiting for the next event."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from biometrics.errors import StorageError
from registry.audit_log.freshness import AnchorPolicy
from registry.audit_log.hashing import Frontier
from registry.audit_log.sinks import FileSink
from registry.store import Registry
from tests.registry.audit_log import tampering
from tests.registry.audit_log.test_tampering import unguard

EVENTS = 20


def edit_frontier(connection: Connection, dice: random.Random, size: int) -> None:
    """Leave the head as it is, and only change the edge that the next root is computed from."""
    tree = Frontier()
    for number in range(size):
        tree.append(bytes([number]) * 32)
    connection.execute(text("UPDATE heads SET frontier = :edge"), {"edge": b"".join(tree.digests).hex()})


@pytest.mark.parametrize(
    "way",
    [tampering.fork, tampering.cut_and_rewrite, tampering.append_forged, edit_frontier],
    ids=lambda way: way.__name__,
)
def test_nothing_is_appended_signed_or_exported_on_a_log_that_was_rewritten(
    registry: Registry, tmp_path: Path, way: Callable[[Connection, random.Random, int], None]
) -> None:
    anchoring = registry.keep_anchored(AnchorPolicy(), [FileSink(tmp_path / "anchors.jsonl")])
    with registry.writing() as writer:
        for number in range(EVENTS):
            writer.append_event("an action", None, {"number": number})
    with registry._database.writing() as connection:
        unguard(connection)
        size = int(connection.scalar(text("SELECT count(*) FROM audit_events")) or 0)
        way(connection, random.Random(3), size)
    with pytest.raises(StorageError, match="not what was written"), registry.writing() as writer:
        writer.append_event("the next action", None, {})
    with pytest.raises(StorageError, match="not what was written"):
        anchoring.work(now=True)
    with pytest.raises(StorageError, match="not what was written"):
        registry.audit_log.signed_head()
    assert not (tmp_path / "anchors.jsonl").exists()
