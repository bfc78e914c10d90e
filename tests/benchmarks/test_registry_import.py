from __future__ import annotations

from pathlib import Path

from benchmarks.registry_import import PIECES, measure, write_lines
from registry.store import Registry
from registry.transfer.importing import PERSONS_AT_ONCE

PERSONS = PERSONS_AT_ONCE + 500


def test_a_sample_of_the_population_is_imported_whole(tmp_path: Path) -> None:
    lines, home = tmp_path / "people.jsonl", tmp_path / "home"
    write_lines(lines, PERSONS)
    Registry.open(home).close()

    *stretches, total, _, size = measure(lines, home, None)

    assert total.startswith(f"{PERSONS} persons in") and total.endswith("0 refused")
    assert 2 <= len(stretches) <= PIECES
    assert size.endswith("MB of database")
    with Registry.open(home) as registry:
        assert registry.counts().subjects == PERSONS
