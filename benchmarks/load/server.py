"""The service that is put under load: started on a free port of this machine, and stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.load.bodies import SCOPES
from benchmarks.load.processes import cpu_seconds, descendants
from biometrics.errors import ServiceError

_READY_WITHIN_S = 180.0
_ENDS_WITHIN_S = 120.0
_KURA = Path(sys.executable).with_name("kura")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServer:
    """Where the service listens, a token for it, and the process that started all others."""

    url: str
    token: str
    pid: int

    def cpu_s(self) -> float:
        """Return the CPU time of all its processes so far."""
        return cpu_seconds(descendants(self.pid))

    def client(self) -> httpx.Client:
        """Return a client that carries the token."""
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.token}"}, timeout=120.0)


@contextmanager
def running_server(
    home: Path, log: Path, *, scopes: str = SCOPES, more: tuple[str, ...] = ()
) -> Iterator[RunningServer]:
    """Start the service on a home in development mode, yield it when it is ready, and stop it.

    `scopes` and `more` arguments are for the token.

    Raises
    ------
    ServiceError
        When it does not get ready, or does not end properly.
    """
    command = [str(_KURA), "serve", "--dev", "--port", "0", "--home", str(home)]
    with log.open("wb") as lines:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=lines, env={**os.environ, "OMP_NUM_THREADS": "1"}
        )
    try:
        url = _address(process)
        _await_ready(url, process, log)
        yield RunningServer(url=url, token=_token(home, scopes, more), pid=process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        assert process.stdout is not None
        process.stdout.close()
    if code != 0:
        raise ServiceError(f"the service ended with {code}", source=str(log))


def _address(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    for line in iter(process.stdout.readline, b""):
        word = next((word for word in line.decode().split() if word.startswith("http")), None)
        if word is not None:
            return word.rstrip(".,;")
    raise ServiceError("the service ended before it said where it listens")


def _await_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/health/ready", timeout=5.0).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise ServiceError("the service did not get ready", source=str(log))


def _token(home: Path, scopes: str, more: tuple[str, ...]) -> str:
    command = [str(_KURA), "token", "--home", str(home), "--scope", scopes, "--minutes", "600", *more]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
