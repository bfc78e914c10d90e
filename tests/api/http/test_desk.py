"""The desk: bounded work in threads, refused in time rather than piled up."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from api.http.desk import Desk
from api.http.problems import Refusal
from api.installation import Installation
from api.server_settings import ServerSettings
from api.settings import Settings
from biometrics.errors import RecordBusyError, ServiceError
from biometrics.records import SYSTEM, Actor
from enrollment.engine.service import EnrollmentService
from tests.enrollment.fakes import fake_extractors


def no_engine(_: Actor) -> EnrollmentService:
    raise ServiceError("the engine does not run")


@contextmanager
def desk(**server: Any) -> Iterator[Desk]:
    settings = Settings(server=ServerSettings(**({"worker_threads": 1, "queue": 1} | server)))
    made = Desk(
        Installation(home=Path("nowhere"), settings=settings),
        extractors=fake_extractors(),
        calibrations={},
        service_of=no_engine,
    )
    try:
        yield made
    finally:
        made.close()


def values(made: Desk) -> tuple[float, float]:
    """Return how many work and wait, as the page of measures has it."""
    lines = dict(line.rsplit(" ", 1) for line in made.metrics.page().decode().splitlines() if line[0] != "#")
    return float(lines["kura_work_running"]), float(lines["kura_work_waiting"])


def test_work_returns_raises_and_carries_context() -> None:
    number = contextvars.ContextVar("number", default=0)

    def fail() -> None:
        raise RecordBusyError("busy")

    async def scene(made: Desk) -> None:
        number.set(7)
        assert await made.run(number.get) == 7
        assert await made.run(threading.current_thread) is not threading.current_thread()
        with pytest.raises(RecordBusyError):
            await made.run(fail)
        assert values(made) == (0, 0)

    with desk() as made:
        asyncio.run(scene(made))


def test_more_than_may_wait_is_refused_at_once() -> None:
    go = threading.Event()

    async def scene(made: Desk) -> None:
        begun = [asyncio.create_task(made.run(go.wait)) for _ in range(2)]
        await asyncio.sleep(0.1)
        assert values(made) == (1, 1)
        with pytest.raises(Refusal) as refused:
            await made.run(int)
        assert (refused.value.status, refused.value.kind.name) == (503, "busy")
        assert refused.value.retry_after_s is not None and 1 <= refused.value.retry_after_s <= 5
        go.set()
        assert await asyncio.gather(*begun) == [True, True]
        assert (await made.run(int), values(made)) == (0, (0, 0))

    with desk() as made:
        asyncio.run(scene(made))


def test_late_work_goes_on_and_holds_its_place_and_what_waited_too_long_is_not_begun() -> None:
    go, did = threading.Event(), []

    async def scene(made: Desk) -> None:
        late = asyncio.create_task(made.run(go.wait))
        await asyncio.sleep(0.05)
        waiting = asyncio.create_task(made.run(lambda: did.append("waited")))
        kinds = [refusal.kind.name for refusal in await asyncio.gather(late, waiting, return_exceptions=True)]  # type: ignore[union-attr]
        assert kinds == ["late", "busy"]
        another = asyncio.create_task(made.run(lambda: did.append("another")))
        await asyncio.sleep(0.05)
        with pytest.raises(Refusal, match="wait"):  # the late one still works
            await made.run(int)
        go.set()
        await another
        assert (did, values(made)) == (["another"], (0, 0))

    with desk(request_timeout_s=1.0) as made:
        asyncio.run(scene(made))


def test_a_client_that_goes_away_leaves_no_work_behind() -> None:
    go, did = threading.Event(), []

    async def scene(made: Desk) -> None:
        first = asyncio.create_task(made.run(go.wait))
        second = asyncio.create_task(made.run(lambda: did.append(1)))
        await asyncio.sleep(0.1)
        second.cancel()
        await asyncio.sleep(0.05)
        go.set()
        await first
        assert (await made.run(int), did, values(made)) == (0, [], (0, 0))

    with desk() as made:
        asyncio.run(scene(made))


def test_a_desk_that_is_closed_takes_nothing() -> None:
    with desk() as made:
        made.close()
        with pytest.raises(Refusal, match="stopping"):
            asyncio.run(made.run(int))
        assert made.stopping


def test_the_owner_of_the_registry_is_asked_for_an_actor() -> None:
    with desk() as made, pytest.raises(ServiceError):
        made.service(SYSTEM)
