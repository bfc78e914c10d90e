from __future__ import annotations

import gc
import threading
import time

import pytest

from biometrics.errors import CaptureCancelledError, CaptureError, DeviceTimeoutError
from devices.calls import LONGEST_TIMEOUT_S, Call, Cancellation
from devices.conformance.waiting import PROMPT_S


def test_a_cancellation_reaches_its_children_and_not_its_parents() -> None:
    first, second = Cancellation(), Cancellation()
    child = Cancellation(first, second)
    grandchild = Cancellation(child)
    sibling = Cancellation(first)
    child.cancel()
    assert [one.wanted for one in (first, second, child, grandchild, sibling)] == [False, False, True, True, False]
    first.cancel()
    first.cancel()
    assert (sibling.wanted, second.wanted) == (True, False)
    assert Cancellation(first).wanted


def test_children_that_nobody_needs_are_forgotten() -> None:
    parent = Cancellation()
    for _ in range(1000):
        Cancellation(parent)
    gc.collect()
    assert len(parent._children) == 0


def test_a_cancellation_wakes_whoever_waits() -> None:
    cancellation = Cancellation()
    call = Call("fake:0", 60.0, Cancellation(cancellation))
    timer = threading.Timer(0.05, cancellation.cancel)
    timer.start()
    begun = time.monotonic()
    with pytest.raises(CaptureCancelledError) as cancelled:
        call.wait(60.0)
    timer.join()
    assert time.monotonic() - begun < PROMPT_S
    assert (call.over, cancelled.value.source) == (True, "fake:0")


def test_a_call_ends_with_its_time() -> None:
    call = Call("fake:0", 0.05)
    assert not call.over
    call.check()
    with pytest.raises(DeviceTimeoutError, match=r"within 0\.05 s") as late:
        call.wait(60.0)
    assert (late.value.timeout_s, call.remaining_s, call.over) == (0.05, 0.0, True)


@pytest.mark.parametrize("timeout_s", [0.0, -1.0, float("nan"), float("inf"), LONGEST_TIMEOUT_S + 1])
def test_a_call_waits_some_time(timeout_s: float) -> None:
    with pytest.raises(CaptureError, match="no time to wait"):
        Call("fake:0", timeout_s)
