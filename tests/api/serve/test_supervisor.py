"""A supervisor, its engine and its workers as processes: whatever ends, the others go on, and the end is in order."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from api.serve.notice import NOTICE_FILE
from enrollment.engine.address import connect
from registry.location import registry_folder
from registry.ownership import OwnerRole, try_to_own
from tests.api.serve.servers import RunningServer, T, is_alive, make_home, serving, until


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Share one server; whoever kills a part of it waits until it is back."""
    with serving(make_home(tmp_path_factory.mktemp("serve") / "home")) as server:
        server.until_answered("/tell")
        yield server


def test_connections_are_shared_by_the_workers(running: RunningServer) -> None:
    notice = running.notice()
    until(lambda: _workers_that_answer(running) == set(notice.workers) or None, "both workers")
    assert running.url.startswith("http://127.0.0.1:") and running.url == notice.url
    assert notice.pid == running.process.pid
    with ThreadPoolExecutor(16) as threads:  # connections that are open at the same time
        answers = list(threads.map(lambda _: running.get("/wait", params={"s": 0.3}).json()["pid"], range(16)))
    assert min(answers.count(pid) for pid in notice.workers) >= 4


def test_a_killed_worker_is_replaced_and_the_other_goes_on(running: RunningServer) -> None:
    before = running.notice()
    with httpx.Client(base_url=running.url, timeout=30) as client:
        mine = client.get("/tell").json()["pid"]
        other = next(pid for pid in before.workers if pid != mine)
        os.kill(other, signal.SIGKILL)
        assert client.get("/tell").json()["pid"] == mine
    assert {running.get("/tell").json()["pid"] for _ in range(4)} == {mine}
    after = until(lambda: _if(other not in (seen := running.notice()).workers, seen), "a new worker")
    until(lambda: _workers_that_answer(running) == set(after.workers) or None, "the new worker")


def test_a_request_in_a_killed_worker_ends_with_its_connection(running: RunningServer) -> None:
    began = threading.Event()
    with httpx.Client(base_url=running.url, timeout=30) as client, ThreadPoolExecutor(1) as threads:
        mine = client.get("/tell").json()["pid"]

        def ask() -> int:
            began.set()
            return client.get("/wait", params={"s": 20}).status_code

        asked = threads.submit(ask)
        began.wait()
        _after_a_moment(lambda: os.kill(mine, signal.SIGKILL))
        with pytest.raises(httpx.HTTPError):
            asked.result(30)
    assert running.until_answered("/tell").json()["pid"] != mine


def test_a_killed_engine_is_started_again(running: RunningServer) -> None:
    # Workers that other tests killed are back first, so that only the engine changes here.
    before = until(lambda: _if(all(map(is_alive, (seen := running.notice()).workers)), seen), "all workers")
    assert before.engine is not None
    until(lambda: _engine_listens(running) or None, "the engine")
    os.kill(before.engine, signal.SIGKILL)
    after = until(lambda: _if((seen := running.notice()).engine != before.engine, seen), "a new engine")
    assert set(after.workers) == set(before.workers)
    until(lambda: _engine_listens(running) or None, "the new engine")
    assert running.get("/tell").status_code == 200


def test_what_libraries_log_quotes_nobody(running: RunningServer) -> None:
    assert running.get("/fail").status_code == 500
    failed = [line for line in running.log.splitlines() if '"failure": "ValueError"' in line]
    assert failed and '"place": "__main__:' in failed[-1]
    assert "what somebody sent" not in running.log


def test_told_to_end_it_answers_what_was_begun(tmp_path: Path) -> None:
    with serving(make_home(tmp_path / "home")) as server, ThreadPoolExecutor(1) as threads:
        server.until_answered("/tell")
        notice = server.notice()
        asked = threads.submit(server.get, "/wait", params={"s": 2})
        _after_a_moment(lambda: server.process.send_signal(signal.SIGTERM))
        assert asked.result(30).status_code == 200
        assert server.process.wait(60) == 0
        _assert_nothing_is_left(server, [*notice.workers, notice.engine or 0])
        assert not Path(notice.metrics).exists()


def test_told_twice_it_waits_for_no_client(tmp_path: Path) -> None:
    with serving(make_home(tmp_path / "home")) as server, ThreadPoolExecutor(1) as threads:
        server.until_answered("/tell")
        notice = server.notice()
        asked = threads.submit(server.get, "/wait", params={"s": 50})
        _after_a_moment(lambda: server.process.send_signal(signal.SIGTERM))
        _after_a_moment(lambda: server.process.send_signal(signal.SIGTERM))
        assert server.process.wait(30) == 0
        failed = asked.exception(30)
        assert isinstance(failed, httpx.HTTPError) if failed else asked.result().status_code == 500
        _assert_nothing_is_left(server, [*notice.workers, notice.engine or 0])


def test_without_their_supervisor_all_end_in_order(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    with serving(home) as server, ThreadPoolExecutor(1) as threads:
        server.until_answered("/tell")
        notice = server.notice()
        asked = threads.submit(server.get, "/wait", params={"s": 2})
        _after_a_moment(server.process.kill)
        assert asked.result(30).status_code == 200
        for pid in (*notice.workers, notice.engine or 0):
            until(lambda pid=pid: None if is_alive(pid) else True, "the children to end")  # type: ignore[misc]
    assert (home / NOTICE_FILE).exists() and Path(notice.metrics).exists()
    with serving(home) as again:  # what the killed one left is in nobody's way
        again.until_answered("/tell")
        assert not Path(notice.metrics).exists()


def _engine_listens(server: RunningServer) -> bool:
    connection = connect(registry_folder(server.home))
    if connection is not None:
        connection.close()
    return connection is not None


def _workers_that_answer(server: RunningServer) -> set[int]:
    with ThreadPoolExecutor(8) as threads:
        return set(threads.map(lambda _: server.get("/wait", params={"s": 0.1}).json()["pid"], range(8)))


def _if(holds: bool, found: T) -> T | None:
    return found if holds else None


def _after_a_moment(act: object) -> None:
    """Act when what was begun has had time to reach a worker; later does no harm."""
    threading.Event().wait(0.7)
    assert callable(act)
    act()


def _assert_nothing_is_left(server: RunningServer, pids: list[int]) -> None:
    assert not any(is_alive(pid) for pid in pids)
    assert not (server.home / NOTICE_FILE).exists()
    ownership = try_to_own(server.home, OwnerRole.COMMAND)
    assert ownership is not None
    ownership.close()
