"""The galleries of whoever owns the registry are told to forget by an operation, as any other is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from biometrics.errors import ConfigurationError, GalleryError
from biometrics.records import DEFAULT_GALLERY
from enrollment.engine.local import LocalService
from enrollment.operations.forgetting import FORGET, Forgetting
from registry.store import Registry
from tests.enrollment.engine.serving import open_owner
from tests.enrollment.keeping.population import enroll, galleries_of, purge, retire


def test_the_owner_lets_its_galleries_forget(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "home") as registry:
        gone, other = enroll(registry, 1), enroll(registry, 2)
        galleries = galleries_of(registry, tmp_path / "galleries")
        service = LocalService(open_owner(registry, galleries))
        service.keep_gallery()
        asked = Forgetting(subject_ids=(gone.subject_id,))
        with pytest.raises(GalleryError, match="still has references"):
            service.call(FORGET, asked)
        retire(registry, gone)
        purge(registry)
        assert service.call(FORGET, asked) == (DEFAULT_GALLERY,)
        assert service.call(FORGET, asked) == ()
        assert service.state().persons == 1
        assert galleries.open(DEFAULT_GALLERY).gallery.holds(other.subject_id)


def test_an_owner_without_galleries_says_so(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "home") as registry, pytest.raises(ConfigurationError, match="keeps no galleries"):
        LocalService(open_owner(registry)).call(FORGET, Forgetting(subject_ids=("x",)))
