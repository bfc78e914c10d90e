"""What the owner of a registry answers about its galleries, and how it keeps them when it is asked to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from biometrics.errors import ConfigurationError
from biometrics.records import DEFAULT_GALLERY
from biometrics.samples import now_utc
from enrollment.engine.local import LocalService
from enrollment.keeping import Origin
from enrollment.operations.upkeep import PURGE, Purge
from registry.store import Registry
from tests.enrollment.engine.serving import open_owner
from tests.enrollment.keeping.population import VISA, enroll, galleries_of, retire


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry.open(tmp_path / "home") as opened:
        yield opened


def test_a_gallery_is_kept_and_compacted_as_it_is_now(registry: Registry, tmp_path: Path) -> None:
    people = [enroll(registry, person) for person in range(3)]
    service = LocalService(open_owner(registry, galleries_of(registry, tmp_path / "galleries")))
    before = service.gallery_figures()
    assert (before.origin, before.kept, before.stats["persons"]) == (Origin.REGISTRY, None, 3)
    retire(registry, people[0])
    kept = service.keep_gallery()
    assert kept.kept is not None and kept.kept.generation == kept.latest == 4
    assert (kept.stats["persons"], kept.stats["references"], kept.stats["gone"]) == (2, 6, 1)
    compacted = service.keep_gallery(compact=True)
    assert (compacted.stats["persons"], compacted.stats["references"], compacted.stats["gone"]) == (2, 6, 0)
    assert galleries_of(registry, tmp_path / "galleries").verify(DEFAULT_GALLERY).faults == ()
    assert service.gallery_figures(gallery_id=VISA).stats["persons"] == 0


def test_an_owner_that_keeps_no_galleries_says_so(registry: Registry) -> None:
    service = LocalService(open_owner(registry))
    with pytest.raises(ConfigurationError, match="keeps no galleries"):
        service.keep_gallery()
    with pytest.raises(ConfigurationError, match="keeps no galleries"):
        service.gallery_figures()


def test_galleries_in_memory_drop_who_is_retired_before_a_purge_leaves_no_word_of_them(registry: Registry) -> None:
    people = [enroll(registry, person) for person in range(3)]
    service = LocalService(open_owner(registry))
    assert service.state().persons == 3
    retire(registry, people[0])
    purged = service.call(PURGE, Purge(retired_before=now_utc(), reason="rule 7"))
    assert purged.encounters == 1
    assert service.state().persons == registry.active_subjects() == 2
