from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from benchmarks.load.server import RunningServer, running_server
from tests.databases import give_database
from tests.journeys.osia.receiver import Receiver, receiving

ALL_SCOPES = " ".join([
    "abis.encounter.read abis.encounter.write abis.identify abis.verify abis.gallery.read abis.task.read",
    "abis.task.update enroll.read enroll.write enroll.buf.read enroll.buf.write id.verify id.identify id.read",
    "id.DEFAULT_SET_01.read",
])  # fmt: skip


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A service of its own for these tests, in development mode."""
    folder = tmp_path_factory.mktemp("osia")
    home = folder / "home"
    home.mkdir(mode=0o700)
    give_database(home)
    with running_server(home, folder / "server.log", scopes=ALL_SCOPES, more=("--purpose", "tests")) as server:
        yield server


@pytest.fixture(scope="session")
def abis(served: RunningServer) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {served.token}"}
    with httpx.Client(base_url=f"{served.url}/osia/abis", headers=headers, timeout=120.0) as client:
        yield client


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found
