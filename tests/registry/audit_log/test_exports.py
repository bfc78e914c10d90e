"""An export is verified with nothing but public keys, and shows every change to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from biometrics.errors import StorageError
from biometrics.samples import now_utc
from biometrics.signing.signer import Purpose
from registry.audit_log.anchors import Anchor, read_anchor, sign_anchor
from registry.audit_log.examining import Examination
from registry.audit_log.exports import export_findings
from registry.audit_log.findings import Findings
from registry.audit_log.freshness import AnchorPolicy
from registry.audit_log.sinks import FileSink
from registry.audit_log.tree_heads import TreeHead
from registry.store import Registry
from tests.registry.raw import tamper


@pytest.fixture
def sink(tmp_path: Path) -> Path:
    return tmp_path / "anchors.jsonl"


@pytest.fixture
def export(registry: Registry, tmp_path: Path, sink: Path) -> Path:
    anchoring = registry.keep_anchored(AnchorPolicy(), [FileSink(sink)])
    for _ in range(3):
        with registry.writing() as writer:
            writer.append_event("élevé", "s", {"text": "line\nfeed"})
        anchoring.work(now=True)
    path = tmp_path / "log.jsonl"
    registry.audit_log.export(registry.audit_log.signed_head(), path)
    return path


def findings(registry: Registry, export: Path, anchors: Path | None = None) -> Findings:
    return export_findings(export, registry.signing.trusted(), now_utc(), anchors)


def test_an_export_is_what_the_registry_holds(registry: Registry, export: Path, sink: Path) -> None:
    found, own = findings(registry, export, sink), registry.audit_log.verify(registry.signing.trusted(), sink)
    assert found.faults == own.faults == ()
    assert (found.log_id, found.events, found.root) == (own.log_id, own.events, own.root)
    assert len(found.anchors) == 3 and found.unanchored == own.unanchored == 1


EDITS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "changed": lambda lines: [lines[0], lines[1].replace(b"line", b"lime"), *lines[2:]],
    "removed": lambda lines: [*lines[:2], *lines[3:]],
    "swapped": lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
    "cut": lambda lines: lines[:-1],
    "cut within a line": lambda lines: [*lines[:-1], lines[-1][:-1]],
    "doubled": lambda lines: [*lines, lines[-1]],
    "headless": lambda lines: lines[1:],
    "other head": lambda lines: [lines[0].replace(b'"size":', b'"size":1'), *lines[1:]],
    "empty": lambda _: [],
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_export_is_found(registry: Registry, export: Path, edit: str) -> None:
    lines = export.read_bytes().splitlines(keepends=True)
    edited = b"".join(EDITS[edit](lines))
    assert edited != export.read_bytes()
    export.write_bytes(edited)
    assert findings(registry, export).faults != ()


def test_another_key_is_not_believed(registry: Registry, export: Path, tmp_path: Path) -> None:
    with Registry.open(tmp_path / "other") as other:
        other.audit_log.signed_head()
        faults = export_findings(export, other.signing.trusted(), now_utc()).faults
    assert faults == ("the signature of the export does not hold: no trusted key made the signature",)


def test_an_export_replaces_no_file_and_hides_no_edit(registry: Registry, export: Path, tmp_path: Path) -> None:
    before = export.read_bytes()
    with pytest.raises(StorageError):
        registry.audit_log.export(registry.audit_log.signed_head(), export)
    assert export.read_bytes() == before
    tamper(registry, "UPDATE audit_events SET details = '[]' WHERE sequence = 2")
    with pytest.raises(StorageError, match="it was edited"):
        registry.audit_log.export(registry.audit_log.signed_head(), tmp_path / "second.jsonl")


def test_a_log_cut_with_its_own_keys_is_found_by_the_anchors(registry: Registry, export: Path, sink: Path) -> None:
    """Whoever keeps an old head, or has the keys, makes a shorter log that agrees with itself."""
    lines = export.read_bytes().splitlines(keepends=True)
    shorter = Examination()
    shorter.take(line[:-1] for line in lines[1:4])
    old = read_anchor(lines[0][:-1]).anchor
    head = TreeHead(log_id=old.head.log_id, size=3, root=shorter.root)
    forged = sign_anchor(
        registry.signing.signer(Purpose.ANCHORS), Anchor(number=0, previous=old.previous, head=head, at=old.at)
    )
    export.write_bytes(forged.line().encode() + b"\n" + b"".join(lines[1:4]))
    assert findings(registry, export).faults == ()
    found = findings(registry, export, sink)
    assert "the log was cut: anchor 2 is of 4 events, there are 3" in found.faults and found.unanchored == 0
