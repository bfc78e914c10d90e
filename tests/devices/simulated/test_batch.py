from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count

import pytest

from biometrics.errors import ConfigurationError
from biometrics.positions import FINGERS
from devices.simulated import CLEAN, WORN, PrintOrder, fingers_of, grow_master, simulate_prints, take_impression

ORDERS = [
    PrintOrder(traits=traits, touches=(0, 5)[: 1 + place % 2], profile=(CLEAN, WORN)[place % 2])
    for place, traits in enumerate(list(fingers_of(3).values())[:7])
]


def _workers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("simulate")]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_prints_come_in_order_and_as_if_made_one_by_one(threads: int) -> None:
    delivered = list(simulate_prints(ORDERS, threads=threads))
    assert [order for order, _ in delivered] == ORDERS
    for order, pictures in delivered:
        master = grow_master(order.traits)
        expected = [take_impression(master, touch, order.profile).tobytes() for touch in order.touches]
        assert [picture.tobytes() for picture in pictures] == expected
    assert not _workers()


def test_no_orders_are_no_prints() -> None:
    assert list(simulate_prints([], threads=2)) == []


def test_endless_orders_are_taken_a_few_ahead_and_closing_ends_the_pool() -> None:
    taken = 0

    def endless() -> Iterator[PrintOrder]:
        nonlocal taken
        for genes in count():
            taken += 1
            assert taken < 50, "orders are taken without end"
            yield PrintOrder(traits=fingers_of(genes)[FINGERS[0]], touches=(0,))

    deliveries = simulate_prints(endless(), threads=2)
    assert taken == 0
    for place in range(3):
        assert next(deliveries)[0].traits.genes == place
        assert place < taken <= place + 6
    assert len(_workers()) == 2
    deliveries.close()  # type: ignore[attr-defined]
    assert not _workers()


def test_an_order_that_fails_is_raised_in_its_place_and_ends_the_pool() -> None:
    wrong = PrintOrder(traits=ORDERS[0].traits, touches=(-1,))
    deliveries = simulate_prints([ORDERS[0], wrong, *ORDERS], threads=2)
    assert next(deliveries)[0] == ORDERS[0]
    with pytest.raises(ConfigurationError, match="-1"):
        next(deliveries)
    assert not _workers()
    assert list(deliveries) == []


def test_orders_that_break_off_end_the_pool() -> None:
    def breaking() -> Iterator[PrintOrder]:
        yield from ORDERS[:5]
        raise OSError("the list is torn")

    deliveries = simulate_prints(breaking(), threads=1)
    with pytest.raises(OSError, match="torn"):
        list(deliveries)
    assert not _workers()
