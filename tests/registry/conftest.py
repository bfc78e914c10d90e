from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.store import Registry


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def registry(home: Path) -> Iterator[Registry]:
    with Registry.open(home, busy_timeout_s=0.2) as opened:
        yield opened
