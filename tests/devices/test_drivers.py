from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from biometrics.errors import (
    CaptureError,
    DeviceBusyError,
    DeviceNotFoundError,
    DeviceProtocolError,
    DeviceTimeoutError,
    DriverUnavailableError,
)
from devices.choices import DeviceChoices
from devices.conformance.waiting import PROMPT_S, within
from devices.contract import Finding
from devices.drivers import Drivers
from devices.opened import open_device
from devices.uris import DeviceUri
from tests.devices.fakes import FakeDriver, described
from tests.devices.test_bad_drivers import giving, raising

pytestmark = pytest.mark.usefixtures("_hurry")


def beside(fake: FakeDriver, **others: Callable[[DeviceChoices], object]) -> Drivers:
    return Drivers(DeviceChoices(), {"fake": lambda choices: fake, **others})


def imports(*_: object) -> Any:
    import no_such_module_anywhere  # type: ignore[import-not-found]  # noqa: F401, PLC0415


def test_all_drivers_are_asked_at_once_and_problems_are_told(fake: FakeDriver) -> None:
    bad = FakeDriver()
    bad.on["discover"] = bad.hang
    raises = FakeDriver()
    raises.on["discover"] = raising(ValueError("hunter2"))
    drivers = beside(fake, hangs=lambda _: bad, lacks=imports, raises=lambda _: raises, none=lambda _: None)
    found = drivers.discover(0.3)
    assert found.devices == (described(),)
    problems = {problem.driver: problem.error for problem in found.problems}
    assert {name: type(error) for name, error in problems.items()} == {
        "hangs": DeviceTimeoutError,
        "lacks": DriverUnavailableError,
        "none": DriverUnavailableError,
        "raises": DeviceProtocolError,
    }
    assert all(error.source == f"{name}:" and error.remedy for name, error in problems.items())
    assert "hunter2" not in str(problems)
    lacking = problems["lacks"]
    assert isinstance(lacking, DriverUnavailableError)
    assert lacking.missing == ("no_such_module_anywhere",)

    # While its last search hangs, no further thread is spent on it; then it is asked again.
    again = drivers.discover(0.3)
    assert {type(problem.error) for problem in again.problems if problem.driver == "hangs"} == {DeviceBusyError}
    assert [thread.name for thread in threading.enumerate()].count("device hangs:") == 1
    bad.on.clear()
    bad.released.set()
    for _ in range(200):
        if not any(problem.driver == "hangs" for problem in drivers.discover(5.0).problems):
            return
        threading.Event().wait(0.02)
    pytest.fail("a driver that hung is never asked again")


@pytest.mark.parametrize(
    "found",
    [None, 7, [None], "fake:0", [described("other:0")], [described("no uri")], (described() for _ in iter(int, 1))],
    ids=repr,
)
def test_wrong_findings_are_problems(fake: FakeDriver, found: object) -> None:
    fake.on["discover"] = giving(found)
    (problem,) = beside(fake).discover(5.0).problems
    assert isinstance(problem.error, CaptureError)
    fake.on["examine"] = giving(found)
    (finding,) = beside(fake).examine(5.0)["fake"]
    assert not finding.fine


def test_devices_are_listed_once_and_in_order(fake: FakeDriver) -> None:
    fake.on["discover"] = giving([described("fakes:2"), described("fake:1"), described("fake:1")])
    drivers = beside(fake, lacks=imports)
    assert [device.uri for device in drivers.discover(5.0).devices] == ["fake:1", "fakes:2"]
    assert drivers.discover(5.0, only="fake").problems == ()
    assert [problem.driver for problem in drivers.discover(5.0, only="lacks").problems] == ["lacks"]
    with pytest.raises(DeviceNotFoundError, match="nobody"):
        drivers.discover(5.0, only="nobody")


def test_a_driver_knows_several_schemes_and_others_are_not_found(fake: FakeDriver) -> None:
    drivers = beside(fake, lacks=imports)
    assert drivers.of(DeviceUri.parse("fakes:0")) is fake
    with pytest.raises(DeviceNotFoundError, match="nobody:") as unknown:
        drivers.of(DeviceUri.parse("nobody:0"))
    assert (unknown.value.source, "fake" in str(unknown.value.remedy)) == ("nobody:0", True)
    with pytest.raises(DriverUnavailableError, match="no_such_module_anywhere"):
        open_device("lacks:0", drivers)


def test_loading_that_hangs_is_given_up(fake: FakeDriver) -> None:
    drivers = beside(fake, hangs=fake.hang)
    with pytest.raises(DeviceTimeoutError):
        within(PROMPT_S, lambda: open_device("hangs:0", drivers, timeout_s=0.2))


def test_an_examination_tells_what_each_driver_needs(fake: FakeDriver) -> None:
    finding = Finding(what="a cable", fine=False, told="there is none", command="plug it in")
    fake.on["examine"] = giving([finding])
    hangs = FakeDriver()
    hangs.on["examine"] = hangs.hang
    lacks = raising(DriverUnavailableError("gi is missing", command="apt-get install python3-gi"))
    drivers = beside(fake, hangs=lambda _: hangs, lacks=lacks)
    examined = drivers.examine(0.3)
    hangs.released.set()
    assert list(examined) == ["fake", "hangs", "lacks"]
    assert examined["fake"] == (finding,)
    assert [one.fine for one in examined["hangs"]] == [False]
    assert [one.command for one in examined["lacks"]] == ["apt-get install python3-gi"]
    assert list(drivers.examine(5.0, only="fake")) == ["fake"]
    with pytest.raises(DeviceNotFoundError):
        drivers.examine(5.0, only="nobody")


def test_a_camera_of_the_settings_opens_as_it_is_shown() -> None:
    whole = "mjpeg:http://user:hunter2@host/live?token=1"
    drivers = Drivers(DeviceChoices(cameras=(whole, "v4l2:0")), {})
    shown = DeviceUri.parse(whole).shown
    assert [drivers.uri(text).text for text in (shown, whole, "v4l2:0")] == [whole, whole, "v4l2:0"]
    assert drivers.uri("mjpeg:http://other/live").text == "mjpeg:http://other/live"
    several = Drivers(DeviceChoices(cameras=(whole, whole + "2")), {})
    with pytest.raises(CaptureError, match="several"):
        several.uri(shown)


def test_installed_drivers_are_found_by_entry_point_and_two_of_a_name_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("one", "two"):
        folder = tmp_path / f"{package}-1.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
        (folder / "entry_points.txt").write_text(
            f"[kura.drivers]\ntwice = {package}:driver\n{package} = {package}:no\n"
        )
    monkeypatch.syspath_prepend(tmp_path)
    drivers = Drivers()
    assert {"simulated", "one", "two", "twice"} <= set(drivers.names)
    with pytest.raises(DriverUnavailableError, match="one and two"):
        drivers.of(DeviceUri.parse("twice:0"))
    with pytest.raises(DriverUnavailableError, match="one cannot be imported"):
        drivers.of(DeviceUri.parse("one:0"))
    assert drivers.of(DeviceUri.parse("simulated:finger?person=1")).schemes == ("simulated",)
