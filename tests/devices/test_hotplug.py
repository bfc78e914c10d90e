from __future__ import annotations

import asyncio
import threading

import pytest

from biometrics.errors import CaptureError
from devices.conformance.waiting import PROMPT_S, within
from devices.drivers import Drivers
from devices.hotplug import DeviceEvent, DeviceEventKind, DeviceWatch
from tests.devices.fakes import FakeDriver, described
from tests.devices.test_bad_drivers import giving, raising

pytestmark = pytest.mark.usefixtures("_hurry")

APPEARED, GONE = DeviceEventKind.APPEARED, DeviceEventKind.GONE


class Searches:
    """Counts how often a driver was asked, and lets a test wait for two whole searches more."""

    def __init__(self, fake: FakeDriver) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self._fake = fake
        self.found: object = [described("fake:0")]
        fake.on["discover"] = self._discover

    def _discover(self, call: object) -> object:
        with self._changed:
            self._count += 1
            self._changed.notify_all()
        return self.found(call) if callable(self.found) else self.found

    def pass_by(self) -> None:
        with self._changed:
            until = self._count + 2
            assert self._changed.wait_for(lambda: self._count >= until, PROMPT_S)


def watching(drivers: Drivers) -> DeviceWatch:
    return DeviceWatch(drivers, interval_s=0.01, timeout_s=0.3)


def told(event: DeviceEvent) -> tuple[DeviceEventKind, str]:
    return event.kind, event.descriptor.uri


def test_what_is_there_what_comes_and_what_goes(fake: FakeDriver) -> None:
    searches = Searches(fake)
    with watching(fake.drivers()) as watch:
        assert told(next(watch)) == (APPEARED, "fake:0")
        searches.found = [described("fake:0"), described("fake:1")]
        assert told(next(watch)) == (APPEARED, "fake:1")
        searches.found = [described("fake:1")]
        assert told(next(watch)) == (GONE, "fake:0")
        searches.found = []
        assert told(next(watch)) == (GONE, "fake:1")
    assert next(watch, None) is None


@pytest.mark.parametrize("how", ["raises", "hangs", "lies"])
def test_a_driver_that_fails_for_a_while_says_nothing_of_its_devices(fake: FakeDriver, how: str) -> None:
    searches = Searches(fake)
    with watching(fake.drivers()) as watch:
        next(watch)
        hangs = threading.Event()
        searches.found = {
            "raises": raising(OSError()),
            "hangs": lambda call: hangs.wait() and (),
            "lies": giving(None),
        }[how]
        if how == "hangs":
            threading.Event().wait(1.0)
        else:
            searches.pass_by()
        searches.found = [described("fake:0"), described("fake:1")]
        hangs.set()
        assert told(next(watch)) == (APPEARED, "fake:1")


def test_others_are_told_while_one_driver_hangs(fake: FakeDriver) -> None:
    Searches(fake)
    bad = FakeDriver()
    bad.on["discover"] = bad.hang
    drivers = Drivers(fake.drivers().choices, {"a": lambda _: bad, "fake": lambda _: fake})
    with DeviceWatch(drivers, interval_s=600.0, timeout_s=600.0) as watch:
        assert told(next(watch)) == (APPEARED, "fake:0")
        within(PROMPT_S, watch.close)
    bad.released.set()


def test_what_came_and_went_unread_is_not_told_and_does_not_pile_up(fake: FakeDriver) -> None:
    searches = Searches(fake)
    with watching(fake.drivers()) as watch:
        next(watch)
        for _ in range(5):
            searches.found = [described("fake:0"), described("fake:1")]
            searches.pass_by()
            searches.found = [described("fake:0")]
            searches.pass_by()
        searches.found = [described("fake:0"), described("fake:2")]
        assert told(next(watch)) == (APPEARED, "fake:2")


def test_closing_ends_whoever_waits(fake: FakeDriver) -> None:
    watch = watching(fake.drivers())
    next(watch)
    timer = threading.Timer(0.1, watch.close)
    timer.start()
    within(PROMPT_S, lambda: list(watch))
    timer.join()
    watch.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "device watch"]


def test_it_is_awaited_too(fake: FakeDriver) -> None:
    searches = Searches(fake)

    async def run() -> list[tuple[DeviceEventKind, str]]:
        events = []
        with watching(fake.drivers()) as watch:
            async for event in watch:
                events.append(told(event))
                searches.found = []
                if event.kind is GONE:
                    break
            waiting = asyncio.ensure_future(anext(watch))
            await asyncio.sleep(0.05)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            waiting = asyncio.ensure_future(anext(watch))
            await asyncio.sleep(0)
            await asyncio.to_thread(watch.close)
            with pytest.raises(StopAsyncIteration):
                await waiting
        return events

    assert asyncio.run(asyncio.wait_for(run(), 30)) == [(APPEARED, "fake:0"), (GONE, "fake:0")]


def test_times_are_checked(fake: FakeDriver) -> None:
    for interval_s, timeout_s in ((0.0, 1.0), (1.0, float("nan"))):
        with pytest.raises(CaptureError, match="no time"):
            DeviceWatch(fake.drivers(), interval_s=interval_s, timeout_s=timeout_s)
