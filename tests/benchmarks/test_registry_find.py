"""The measurement of searches, at a size that takes no time."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from benchmarks.registry_find import main
from benchmarks.registry_people import fill, simulated_records
from registry.store import Registry


def test_every_kind_of_search_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--home", str(tmp_path / "home"), "--persons", "60", "--rounds", "2", "--explain"])
    out = capsys.readouterr().out
    assert out.startswith("60 persons recorded, 60 in all\n")
    for kind in ("family name, the commonest", "births of a day", "number or label", "family and given of anybody"):
        assert kind in out
    assert "person_search" in out


def test_filling_goes_on_where_it_ended(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "home") as registry:
        assert list(fill(registry, 5)) == [5]
        assert list(fill(registry, 9)) == [9]
        assert list(fill(registry, 9)) == []
        assert registry.counts().subjects == 9
        assert all(subject.simulated for subject in registry.subjects())


def test_the_commonest_surname_is_that_of_eight_in_a_hundred() -> None:
    records = simulated_records(np.random.default_rng(0), 4_000)
    surnames = Counter(record.name.family.casefold().translate(str.maketrans("ɛɔŋɲ", "eonn")) for record in records)
    assert 0.05 < surnames.most_common(1)[0][1] / len(records) < 0.09
