"""The whole server while parts of it are killed, its disk is full, or its database goes away."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from registry.store import Registry
from tests.api.serve.servers import make_home
from tests.journeys.serve_faults import Station, Tally, compare, served
from tests.kills import ROOT
from tests.postgres import PostgresServer

SAMPLED, ALL = 2, 200


@pytest.mark.slow
def test_no_kill_loses_or_doubles_anybody(tmp_path: Path) -> None:
    kills = ALL if os.environ.get("KURA_TEST_THOROUGH") == "1" else SAMPLED
    command = [sys.executable, "-m", "tests.journeys.serve_faults", str(tmp_path), str(kills), "20261127"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    tally: dict[str, Any] = json.loads(ended.stdout) if ended.stdout else {"faults": [ended.stderr]}
    assert tally["faults"] == [] and ended.returncode == 0
    assert tally["acknowledged"] == 3 * kills


@pytest.mark.slow
@pytest.mark.sqlite_only
def test_a_full_disk_is_said_and_passes(tmp_path: Path) -> None:
    home, tally = make_home(tmp_path / "home", workers=1), Tally()
    station = Station(home, tally)
    with served(home) as server:
        station.url = server.url
        station.enroll(1)
        engine = server.notice().engine or 0
        limits = resource.prlimit(engine, resource.RLIMIT_FSIZE)
        resource.prlimit(engine, resource.RLIMIT_FSIZE, (1, limits[1]))  # whatever it writes, logs included, fails
        with ThreadPoolExecutor(1) as threads:
            asked = threads.submit(station.enroll, 2)
            _until(lambda: tally.later > 1)
            assert "N-2" not in station.known
            assert server.get("/health/live").status_code == 200
            resource.prlimit(engine, resource.RLIMIT_FSIZE, limits)
            asked.result()
        assert server.notice().engine == engine
    compare(home, station, tally)
    assert tally.faults == [] and tally.acknowledged == 2


@pytest.mark.slow
@pytest.mark.sqlite_only  # it starts, and ends, a database server of its own
def test_a_database_that_restarts_loses_nobody(tmp_path: Path) -> None:
    home, tally = make_home(tmp_path / "home", workers=1), Tally()
    with PostgresServer() as database:
        Registry.open(home, database=database.create("kura_served")).close()
        _enroll_while_it_restarts(home, database, tally)


def _enroll_while_it_restarts(home: Path, database: PostgresServer, tally: Tally) -> None:
    station, ending = Station(home, tally), threading.Event()
    with served(home) as server:
        station.url = server.url
        station.enroll(1)

        def restart() -> None:
            for _ in range(3):
                time.sleep(0.5)
                database.stop(crash=True)
                time.sleep(0.3)
                database.start()
            ending.set()

        with ThreadPoolExecutor(1) as threads:
            restarting = threads.submit(restart)
            people = iter(range(2, 1_000))
            while not ending.is_set():
                station.enroll(next(people))
            restarting.result()
        station.enroll(next(people))
    compare(home, station, tally)
    assert tally.faults == [] and tally.acknowledged >= 3


def _until(holds: Any) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
