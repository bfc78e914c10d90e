"""Rates of clients, by a clock that never goes back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from api.http import limits
from api.http.limits import RateLimits


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_burst_is_allowed_then_the_rate() -> None:
    clock = Clock()
    counted = RateLimits(clock=clock)
    assert [counted.wait_s("a", 120) for _ in range(20)] == [0] * 20
    assert counted.wait_s("a", 120) == 1
    assert counted.wait_s("b", 120) == 0
    clock.now_s += 0.5
    assert [counted.wait_s("a", 120) for _ in range(2)] == [0, 1]


def test_it_tells_how_long_to_wait() -> None:
    clock = Clock()
    counted = RateLimits(clock=clock)
    while not (wait_s := counted.wait_s("a", 6)):
        pass
    assert wait_s == 10
    clock.now_s += wait_s
    assert counted.wait_s("a", 6) == 0


def test_workers_share_a_rate() -> None:
    assert sum(RateLimits(workers=4, clock=Clock()).wait_s("a", 1200) == 0 for _ in range(200)) == 200
    counted = RateLimits(workers=4, clock=Clock())
    assert sum(counted.wait_s("a", 1200) == 0 for _ in range(200)) == 50


@given(st.lists(st.floats(0, 5), max_size=200), st.integers(1, 600))
def test_never_more_than_burst_and_rate(pauses: list[float], per_minute: int) -> None:
    clock = Clock()
    counted = RateLimits(clock=clock)
    allowed = 0
    for pause in pauses:
        clock.now_s += pause
        allowed += counted.wait_s("a", per_minute) == 0
    most = max(10.0, per_minute / 6) + clock.now_s * per_minute / 60
    assert allowed <= most + 1e-6


def test_only_so_many_clients_are_remembered() -> None:
    counted = RateLimits(clock=Clock())
    for number in range(limits._MOST_BUCKETS + 5):
        counted.wait_s(str(number), 60)
    assert len(counted._buckets) == limits._MOST_BUCKETS
