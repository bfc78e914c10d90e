"""Servers as processes of their own, and what tests do to them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx

from api.serve.notice import ServerNotice, read_notice
from api.server_settings import ServerSettings
from api.settings import Settings, read_settings, write_settings
from tests.databases import give_database
from tests.kills import ROOT

STUB = (sys.executable, "-m", "tests.api.serve.stub_server")
PATIENCE_S = 60.0

T = TypeVar("T")


def make_home(home: Path, **server: Any) -> Path:
    """Make a home whose server listens on any free port."""
    home.mkdir(mode=0o700)
    chosen = replace(ServerSettings(port=0, workers=2), **server)
    write_settings(home, Settings(server=chosen))
    give_database(home)
    return home


def until(look: Callable[[], T | None], what: str) -> T:
    """Return what a look finds, sooner or later."""
    deadline = time.monotonic() + PATIENCE_S
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.05)
    return found


@dataclass(frozen=True, kw_only=True)
class RunningServer:
    """A server that was started."""

    home: Path
    url: str
    process: subprocess.Popen[str]
    log_path: Path

    @property
    def log(self) -> str:
        """What it and its children logged."""
        return self.log_path.read_text()

    def notice(self) -> ServerNotice:
        """Return what it says about itself, once that is whole."""

        workers = read_settings(self.home).server.processes

        def look() -> ServerNotice | None:
            notice = read_notice(self.home)
            return notice if notice and notice.engine and len(notice.workers) == workers else None

        return until(look, "the notice")

    def get(self, path: str, **named: Any) -> httpx.Response:
        """Ask on a connection of its own."""
        with httpx.Client(base_url=self.url, timeout=PATIENCE_S, verify=named.pop("verify", True)) as client:
            return client.get(path, **named)

    def until_answered(self, path: str) -> httpx.Response:
        """Ask until there is an answer: 200."""

        def look() -> httpx.Response | None:
            with suppress(httpx.HTTPError):
                answer = self.get(path)
                return answer if answer.status_code == httpx.codes.OK else None
            return None

        return until(look, f"an answer of {path}")

    def stop(self) -> int:
        """Let it end, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)


@contextmanager
def serving(home: Path, command: Sequence[str] = STUB, *more: str) -> Iterator[RunningServer]:
    """Yield a server of a home that was told to start; at the end everything has ended."""
    log = home.parent / f"{home.name}.log"
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with (
        log.open("a") as errors,
        subprocess.Popen(
            [*command, str(home), *more],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            if not url:
                raise AssertionError(log.read_text())
            yield RunningServer(home=home, url=url, process=process, log_path=log)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()


def is_alive(pid: int) -> bool:
    """Return whether a process runs (one that ended and waits for its parent does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
