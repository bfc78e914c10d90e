"""Models are built once for the whole room, into a folder that pytest clears."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.face.extractor import FaceExtractor
from models.finger.extractor import FingerExtractor
from models.store import ModelStore


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    return ModelStore(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def finger_extractor(store: ModelStore) -> FingerExtractor:
    return FingerExtractor.load(store)


@pytest.fixture(scope="session")
def leader_file(store: ModelStore) -> Path:
    return store.path("leader/1")


@pytest.fixture(scope="session")
def face_extractor(store: ModelStore) -> FaceExtractor:
    return FaceExtractor.load(store)
