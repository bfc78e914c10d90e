from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.devices.fakes import FakeDriver


@pytest.fixture
def fake() -> Iterator[FakeDriver]:
    driver = FakeDriver()
    yield driver
    driver.released.set()


@pytest.fixture
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give drivers that hang up sooner, so that tests of hanging do not take long."""
    for module in ("worker", "opened", "searches"):
        monkeypatch.setattr(f"devices.{module}.GRACE_S", 0.3)
