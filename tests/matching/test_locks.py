from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar
from unittest.mock import patch

import pytest

from matching.locks import ReadWriteLock

WAIT_S = 10.0
Truth = TypeVar("Truth")


def test_readers_are_in_together() -> None:
    lock, both = ReadWriteLock(), threading.Barrier(2)

    def read() -> None:
        with lock.reading():
            both.wait(WAIT_S)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert not both.broken


def test_a_writer_waits_for_readers_and_goes_before_new_ones() -> None:
    somebody_waits = threading.Event()

    class TellingCondition(threading.Condition):
        def wait_for(self, predicate: Callable[[], Truth], timeout: float | None = None) -> Truth:
            # The lock is held here: whoever asks next finds this one waiting.
            if not predicate():
                somebody_waits.set()
            return super().wait_for(predicate, timeout)

    with patch.object(threading, "Condition", TellingCondition):
        lock = ReadWriteLock()
    order = list[str]()
    reading, release = threading.Event(), threading.Event()

    def first() -> None:
        with lock.reading():
            reading.set()
            release.wait(WAIT_S)
            order.append("first reader")

    def write() -> None:
        with lock.writing():
            order.append("writer")

    def second() -> None:
        with lock.reading():
            order.append("second reader")

    threads = [threading.Thread(target=run) for run in (first, write, second)]
    threads[0].start()
    assert reading.wait(WAIT_S)
    for thread in threads[1:]:
        somebody_waits.clear()
        thread.start()
        assert somebody_waits.wait(WAIT_S)
    assert order == []
    release.set()
    for thread in threads:
        thread.join(WAIT_S)
    assert order == ["first reader", "writer", "second reader"]


def test_an_error_inside_lets_go() -> None:
    lock = ReadWriteLock()
    with pytest.raises(ValueError, match="inside"), lock.writing():
        raise ValueError("inside")
    with pytest.raises(ValueError, match="inside"), lock.reading():
        raise ValueError("inside")
    with lock.writing():
        pass
