"""How an installation's galleries compare, and where they lie while they are in use."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from api import galleries
from api.galleries import InstalledGalleries, folder_in_use
from api.installation import Installation
from api.settings import Settings
from api.wiring import face_format, load_calibrations
from biometrics.errors import ConfigurationError, StorageError
from matching.rotation import VectorRotation

ROTATION = VectorRotation(bytes(32))


def galleries_of(home: Path, settings: Settings) -> InstalledGalleries:
    installation = Installation(home=home, settings=settings)
    return InstalledGalleries(
        calibrations=lambda: load_calibrations(installation),
        require_fitting=lambda _: None,
        faces=lambda: face_format(installation),
        rotation=ROTATION,
        folder=folder_in_use(installation),
    )


def test_persons_are_described_by_fingers_and_the_chosen_face_model(tmp_path: Path) -> None:
    gallery = galleries_of(tmp_path, Settings()).new("default")
    assert gallery.kernel is not None
    assert list(tmp_path.iterdir()) == []
    header, arrays = gallery.export()
    assert face_format(Installation(home=tmp_path, settings=Settings())).model_id in header["vectors"]["scheme"]
    assert ROTATION.name in header["vectors"]["scheme"]
    restored = galleries_of(tmp_path, Settings()).restore("default", header, dict(arrays))
    assert (restored.size, restored.generation) == (0, 0)


def test_the_folder_of_galleries_in_use_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    chosen = Settings(gallery_folder="in use", gallery_folder_encrypted=True)
    galleries_of(tmp_path, chosen).new("default")
    assert stat.S_IMODE((tmp_path / "in use").stat().st_mode) == 0o700
    assert list((tmp_path / "in use").iterdir()) == []


def test_a_folder_that_whoever_takes_the_disk_can_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = Settings(gallery_folder="in use")
    monkeypatch.setattr(galleries, "is_protected", lambda folder: False)
    with pytest.raises(ConfigurationError, match="neither in memory nor on a volume") as refused:
        galleries_of(tmp_path, chosen)
    assert "gallery_folder_encrypted" in str(refused.value.remedy)
    monkeypatch.setattr(galleries, "is_protected", lambda folder: folder == tmp_path / "in use")
    assert galleries_of(tmp_path, chosen).new("default").size == 0


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be made"):
        galleries_of(tmp_path, Settings(gallery_folder="file/in use"))
