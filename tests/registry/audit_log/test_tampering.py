"""Whatever is done to the log, its export or its anchors is found: some ways in the suite, ten thousand on request.

``KURA_TAMPERINGS=10000 python -m pytest -q -s tests/registry/audit_log/test_tampering.py``
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from biometrics.errors import BiometricsError
from biometrics.samples import now_utc
from biometrics.signing.trust import KeySet
from registry.audit_log.anchors import Anchor, chain_faults
from registry.audit_log.exports import export_findings
from registry.audit_log.freshness import AnchorPolicy
from registry.audit_log.sinks import FileSink
from registry.audit_log.verifying import log_faults
from registry.store import Registry
from tests.registry.audit_log import tampering

TIMES = int(os.environ.get("KURA_TAMPERINGS", "150"))
SEED = 20261127
EVENTS = 300
ANCHORS = 6

TABLES = ("audit_events", "heads", "audit_subtrees", "audit_anchors")


class _Undone(Exception):  # noqa: N818 - takes back a tampering
    pass


@dataclass(frozen=True, slots=True)
class Scene:
    """A log with its export and its anchors, as they were written."""

    registry: Registry
    keys: KeySet
    export: list[bytes]
    anchors: list[bytes]
    folder: Path

    @property
    def believed(self) -> list[Anchor]:
        """The anchors of the second sink."""
        found: list[Anchor] = []
        assert list(chain_faults(self.anchors, self.keys, now_utc(), found)) == []
        return found


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("tampered")
    sink, export = folder / "anchors.jsonl", folder / "log.jsonl"
    with Registry.open(folder / "home") as registry:
        anchoring = registry.keep_anchored(AnchorPolicy(), [FileSink(sink)])
        for part in range(ANCHORS):
            with registry.writing() as writer:
                for number in range(EVENTS // ANCHORS):
                    writer.append_event(f"action {part}", f"subject {number}", {"number": number, "text": "é\n"})
            anchoring.work(now=True)
        registry.audit_log.export(registry.audit_log.signed_head(), export)
        keys = registry.signing.trusted()
        yield Scene(registry, keys, export.read_bytes().splitlines(), sink.read_bytes().splitlines(), folder)


def test_nothing_is_found_where_nothing_was_done(scene: Scene) -> None:
    with scene.registry._database.reading() as connection:
        assert list(log_faults(connection, scene.believed)) == []
    assert file_faults(scene, scene.export, scene.anchors) == 0


def test_every_tampering_is_found(scene: Scene) -> None:
    tried: Counter[str] = Counter()
    missed: list[str] = []
    believed = scene.believed
    for number in range(TIMES):
        dice = random.Random(f"{SEED} {number}")
        what = dice.choice(("rows", "rows", "export", "anchors"))
        name, found = tamper_rows(scene, dice, believed) if what == "rows" else tamper_file(scene, dice, what)
        if found is not None:  # it changed something
            tried[f"{what}: {name}"] += 1
            missed += [] if found else [f"{number} {what}: {name}"]
    print(f"\n{sum(tried.values())} tamperings that changed something, {len(missed)} missed")
    for way, times in sorted(tried.items()):
        print(f"  {times:5} {way}")
    assert missed == []
    assert sum(tried.values()) > 0.9 * TIMES


def tamper_rows(scene: Scene, dice: random.Random, believed: list[Anchor]) -> tuple[str, bool | None]:
    """Change rows past everything that guards them, look, and take it back; None when nothing was changed."""
    way, found = dice.choice(tampering.ROWS), None
    try:
        with scene.registry._database.writing() as connection:
            unguard(connection)
            size, before = connection.scalar(text("SELECT count(*) FROM audit_events")), rows(connection)
            way(connection, dice, int(size or 0))
            if rows(connection) != before:
                found = any(True for _ in log_faults(connection, believed))
            raise _Undone
    except _Undone:
        return way.__name__, found
    except (DBAPIError, BiometricsError):
        return way.__name__, True  # the database, or what reads the head, refuses it


def tamper_file(scene: Scene, dice: random.Random, what: str) -> tuple[str, bool | None]:
    own, others = (scene.export, scene.anchors) if what == "export" else (scene.anchors, scene.export[:1])
    way = dice.choice(tampering.EXPORT if what == "export" else tampering.ANCHORS)
    changed = way(own, dice, others)
    if changed == own:
        return way.__name__, None
    files = (changed, scene.anchors) if what == "export" else (scene.export, changed)
    return way.__name__, file_faults(scene, *files) > 0


def file_faults(scene: Scene, export: list[bytes], anchors: list[bytes]) -> int:
    paths = scene.folder / "tampered-log.jsonl", scene.folder / "tampered-anchors.jsonl"
    for path, lines in zip(paths, (export, anchors), strict=True):
        path.write_bytes(tampering.joined(lines))
    return len(export_findings(paths[0], scene.keys, now_utc(), paths[1]).faults)


def rows(connection: Connection) -> list[object]:
    return [connection.execute(text(f"SELECT * FROM {name} ORDER BY 1, 2")).all() for name in TABLES]


def unguard(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        return
    for name in ("no_update", "no_delete", "no_insert"):
        connection.exec_driver_sql(f"DROP TRIGGER audit_events_{name}")
