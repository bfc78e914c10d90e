"""The service in its own process, and what it records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from enrollment.engine.local import LocalService, Owner
from registry.gallery_view import GalleryView
from registry.store import Registry
from tests.enrollment.encounters.people import CITIZENS, VISA
from tests.enrollment.engine.serving import open_owner


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry.open(tmp_path / "home", busy_timeout_s=5.0) as opened:
        yield opened
        assert opened.check() == []


@pytest.fixture
def owner(registry: Registry) -> Iterator[Owner]:
    """An owner whose galleries agree with the registry after every test."""
    owner = open_owner(registry)
    yield owner
    for gallery_id in (CITIZENS, VISA):
        office = owner.office(gallery_id)
        office.follow()
        office.gallery.check(GalleryView(source=registry, gallery_id=gallery_id))


@pytest.fixture
def service(owner: Owner) -> LocalService:
    return LocalService(owner)
