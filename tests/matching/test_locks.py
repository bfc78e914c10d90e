from __future__ import annotations

import threading

import pytest

from matching.locks import ReadWriteLock

WAIT_S = 10.0


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
    lock, order = ReadWriteLock(), list[str]()
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
    threads[1].start()
    while not lock.writer_waits:
        pass
    threads[2].start()
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
