"""The store builds what is missing, notices what is damaged, and refuses weights that are not the published ones."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from biometrics.errors import ModelUnavailableError, StorageError
from biometrics.places import cache_folder
from models.catalogue import CATALOGUE, CatalogueEntry, ModelInput, entry_of
from models.sessions import open_session
from models.sources import read_source
from models.store import ModelStore

WEIGHTS = b"published weights"
PACKAGE = "kura_test_weights"


def build_backwards(source: bytes) -> bytes:
    """The builder of these tests."""
    return source[::-1]


def build_and_fail(source: bytes) -> bytes:
    """A builder that dies half-way."""
    raise KeyboardInterrupt


def _entry(name: str = "toy/1") -> CatalogueEntry:
    return CatalogueEntry(
        model_id=name,
        package=PACKAGE,
        package_version="1.0",
        source_file="weights.bin",
        source_sha256=hashlib.sha256(WEIGHTS).hexdigest(),
        license="CC0-1.0",
        input=ModelInput(colors="gray", layout="NHWC", size=None, multiple=1, scale="0-255"),
        builder=f"{__name__}:build_backwards",
        builder_version=1,
        built_file=f"{name.replace('/', '-')}.bin",
        card=Path("card.md"),
    )


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed package that holds weights and must not be imported."""
    folder = tmp_path / "site" / PACKAGE
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise ImportError('this package must not be imported')")
    (folder / "weights.bin").write_bytes(WEIGHTS)
    monkeypatch.syspath_prepend(str(folder.parent))
    yield folder
    assert PACKAGE not in sys.modules


def _store(tmp_path: Path, *entries: CatalogueEntry) -> ModelStore:
    return ModelStore(tmp_path / "cache", catalogue=entries or (_entry(),))


def _leftovers(store: ModelStore) -> set[str]:
    return {path.name for path in store.folder.iterdir()} - {".building"}


@pytest.mark.usefixtures("package")
def test_a_model_is_built_at_first_use_and_kept(tmp_path: Path) -> None:
    store = _store(tmp_path)
    assert not store.is_ready("toy/1")
    path = store.path("toy/1")
    assert path.read_bytes() == WEIGHTS[::-1]
    assert store.is_ready("toy/1")
    written = path.stat().st_mtime_ns
    assert store.path("toy/1").stat().st_mtime_ns == written
    assert _leftovers(store) == {"toy-1.bin", "toy-1.bin.json"}


@pytest.mark.usefixtures("package")
def test_the_manifest_says_what_was_built_from_what(tmp_path: Path) -> None:
    store = _store(tmp_path)
    store.prepare()
    manifest = json.loads((store.folder / "toy-1.bin.json").read_bytes())
    assert manifest["built_sha256"] == hashlib.sha256(WEIGHTS[::-1]).hexdigest()
    assert manifest["source_sha256"] == hashlib.sha256(WEIGHTS).hexdigest()
    assert manifest["builder_version"] == 1


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("damage", ["flipped", "truncated", "removed", "no manifest", "broken manifest"])
def test_damage_is_noticed_and_repaired(tmp_path: Path, damage: str) -> None:
    store = _store(tmp_path)
    path = store.path("toy/1")
    manifest = path.with_name("toy-1.bin.json")
    whole = path.read_bytes()
    if damage == "flipped":
        path.write_bytes(whole[:3] + bytes([whole[3] ^ 1]) + whole[4:])
    elif damage == "truncated":
        path.write_bytes(whole[:-1])
    elif damage == "removed":
        path.unlink()
    elif damage == "no manifest":
        manifest.unlink()
    else:
        manifest.write_text("{")
    assert not store.is_ready("toy/1")
    with capture_logs() as logs:
        assert store.path("toy/1").read_bytes() == whole
    level = "info" if damage == "removed" else "warning"
    assert [log["log_level"] for log in logs] == [level]
    assert logs[0]["model"] == "toy/1"


@pytest.mark.usefixtures("package")
def test_a_newer_builder_builds_again(tmp_path: Path) -> None:
    _store(tmp_path).prepare()
    newer = _store(tmp_path, replace(_entry(), builder_version=2))
    assert not newer.is_ready("toy/1")
    with capture_logs() as logs:
        newer.prepare()
    assert "builder_version" in logs[0]["because"]
    assert newer.is_ready("toy/1")


def test_weights_that_are_not_the_published_ones_are_refused(tmp_path: Path, package: Path) -> None:
    (package / "weights.bin").write_bytes(WEIGHTS + b"!")
    store = _store(tmp_path)
    with pytest.raises(ModelUnavailableError, match="SHA-256") as caught:
        store.path("toy/1")
    assert PACKAGE in str(caught.value)
    assert f"{PACKAGE}==1.0" in str(caught.value.remedy)
    assert _leftovers(store) == set()


def test_a_package_without_the_file_is_named(tmp_path: Path, package: Path) -> None:
    (package / "weights.bin").unlink()
    with pytest.raises(ModelUnavailableError, match=r"has no weights\.bin"):
        _store(tmp_path).path("toy/1")


def test_a_missing_package_is_named_with_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match="is not installed") as caught:
        _store(tmp_path).path("toy/1")
    assert f"install {PACKAGE}==1.0" in str(caught.value.remedy)


@pytest.mark.usefixtures("package")
def test_an_interrupted_build_leaves_nothing_half(tmp_path: Path) -> None:
    failing = _store(tmp_path, replace(_entry(), builder=f"{__name__}:build_and_fail"))
    with pytest.raises(KeyboardInterrupt):
        failing.prepare()
    assert _leftovers(failing) == set()
    assert _store(tmp_path).path("toy/1").read_bytes() == WEIGHTS[::-1]


@pytest.mark.usefixtures("package")
def test_what_a_killed_process_left_is_cleared_away(tmp_path: Path) -> None:
    store = _store(tmp_path)
    store.folder.mkdir()
    (store.folder / ".toy-1.bin.abandoned").write_bytes(b"half a")
    store.prepare()
    assert _leftovers(store) == {"toy-1.bin", "toy-1.bin.json"}


@pytest.mark.usefixtures("package")
def test_a_full_disk_is_a_typed_error_and_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(handle: int) -> None:
        raise OSError(28, os.strerror(28))

    store = _store(tmp_path)
    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(StorageError):
        store.path("toy/1")
    assert _leftovers(store) == set()


def test_a_cache_folder_that_cannot_be_made_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="KURA_CACHE"):
        _store(tmp_path).path("toy/1")


@pytest.mark.usefixtures("package")
def test_progress_counts_the_models(tmp_path: Path) -> None:
    store = _store(tmp_path, _entry("one/1"), _entry("two/1"))
    calls: list[tuple[int, int, str]] = []
    store.prepare(lambda done, total, what: calls.append((done, total, what)))
    assert calls == [(0, 2, "one/1"), (1, 2, "two/1"), (2, 2, "two/1")]


@pytest.mark.usefixtures("package")
def test_only_the_named_models_are_prepared(tmp_path: Path) -> None:
    store = _store(tmp_path, _entry("one/1"), _entry("two/1"))
    store.prepare(only=["two/1"])
    assert (store.is_ready("one/1"), store.is_ready("two/1")) == (False, True)
    with pytest.raises(ModelUnavailableError, match="one/1"):
        store.prepare(only=["three/1"])


def test_processes_that_prepare_at_once_all_get_whole_files(tmp_path: Path, package: Path) -> None:
    processes = multiprocessing.get_context("spawn")
    workers = [
        processes.Process(target=_path_in_process, args=(tmp_path / "cache", str(package.parent))) for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert _leftovers(_store(tmp_path)) == {"toy-1.bin", "toy-1.bin.json"}


def _path_in_process(folder: Path, site: str) -> None:
    sys.path.insert(0, site)
    for round_number in range(10):
        store = ModelStore(folder, catalogue=(replace(_entry(), builder_version=round_number),))
        assert store.path("toy/1").read_bytes() == WEIGHTS[::-1]


def test_every_entry_of_the_catalogue_is_complete() -> None:
    assert len({entry.model_id for entry in CATALOGUE}) == len({entry.built_file for entry in CATALOGUE}) == 3
    for entry in CATALOGUE:
        assert entry_of(entry.model_id) is entry
        assert hashlib.sha256(read_source(entry)).hexdigest() == entry.source_sha256
        card = entry.card.read_text(encoding="utf-8")
        assert entry.license in card and entry.package in card and "## Limits" in card


def test_the_default_folder_is_in_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KURA_CACHE", str(tmp_path))
    assert ModelStore().folder == cache_folder() / "models" == tmp_path / "models"


def test_a_file_the_runtime_refuses_is_a_typed_error(tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"not a model")
    with pytest.raises(ModelUnavailableError, match=r"broken\.onnx"):
        open_session(path)
