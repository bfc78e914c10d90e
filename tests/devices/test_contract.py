"""What every capture driver must do, run against each of them: a later driver joins `DRIVERS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pytest

from biometrics.errors import CaptureError
from biometrics.positions import Position
from biometrics.samples import now_utc
from devices.contract import CaptureRequest, DeviceKind, FingerprintScanner
from devices.simulated_scanner import SimulatedScanner


@dataclass(frozen=True, kw_only=True)
class Driver:
    """How to open a driver, on a device that is there and on one that is not."""

    open: Callable[[str], FingerprintScanner]
    uri: str
    wrong_uris: tuple[str, ...]
    simulated: bool


DRIVERS = [
    Driver(
        open=SimulatedScanner,
        uri="simulated:finger?person=42&seed=1",
        wrong_uris=("", "simulated:", "simulated:face?person=1", "fprint:0", "simulated:finger"),
        simulated=True,
    )
]
RIGHT_INDEX = CaptureRequest(position=Position.RIGHT_INDEX)

every_driver = pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.uri.partition(":")[0])


@every_driver
def test_it_says_what_it_is(driver: Driver) -> None:
    with driver.open(driver.uri) as scanner:
        assert isinstance(scanner, FingerprintScanner)
        descriptor = scanner.info.descriptor
        assert (descriptor.uri, descriptor.kind) == (driver.uri, DeviceKind.FINGERPRINT_SCANNER)
        assert (descriptor.simulated, bool(descriptor.name)) == (driver.simulated, True)


@every_driver
def test_a_sample_says_where_when_and_what_it_shows(driver: Driver) -> None:
    before = now_utc()
    with driver.open(driver.uri) as scanner:
        sample = scanner.capture(RIGHT_INDEX)
        assert sample.ppi == scanner.info.ppi
    assert (sample.position, sample.device, sample.simulated) == (Position.RIGHT_INDEX, driver.uri, driver.simulated)
    assert before <= sample.captured_at <= now_utc()
    assert sample.captured_at.utcoffset() == timedelta(0)
    assert (sample.pixels.ndim, int(np.ptp(sample.pixels)) > 100) == (2, True)


@every_driver
def test_each_capture_is_another_one(driver: Driver) -> None:
    with driver.open(driver.uri) as scanner:
        first, second = scanner.capture(RIGHT_INDEX), scanner.capture(RIGHT_INDEX)
    assert not np.array_equal(first.pixels, second.pixels)


@every_driver
def test_a_closed_scanner_captures_nothing(driver: Driver) -> None:
    with driver.open(driver.uri) as scanner:
        pass
    with pytest.raises(CaptureError, match="closed") as refused:
        scanner.capture(RIGHT_INDEX)
    assert (refused.value.source, bool(refused.value.remedy)) == (driver.uri, True)
    assert scanner.info.descriptor.uri == driver.uri
    scanner.close()


@every_driver
def test_an_error_inside_closes_it_and_is_passed_on(driver: Driver) -> None:
    with pytest.raises(KeyError), driver.open(driver.uri) as scanner:
        raise KeyError
    with pytest.raises(CaptureError, match="closed"):
        scanner.capture(RIGHT_INDEX)


@every_driver
def test_uris_it_cannot_open_are_refused_with_a_remedy(driver: Driver) -> None:
    for uri in driver.wrong_uris:
        with pytest.raises(CaptureError) as refused:
            driver.open(uri)
        assert (refused.value.source, bool(refused.value.remedy)) == (uri, True)


@pytest.mark.parametrize("position", [Position.UNKNOWN, Position.FACE])
def test_a_request_names_one_of_the_ten_fingers(position: Position) -> None:
    with pytest.raises(CaptureError, match=position.value) as refused:
        CaptureRequest(position=position)
    assert refused.value.remedy == "name one of the ten fingers"


@pytest.mark.parametrize("timeout_s", [0.0, -1.0, float("nan"), float("inf")])
def test_a_request_waits_some_time(timeout_s: float) -> None:
    with pytest.raises(CaptureError, match="no time to wait"):
        CaptureRequest(position=Position.RIGHT_INDEX, timeout_s=timeout_s)
