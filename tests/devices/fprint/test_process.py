"""A process that lies: each script stands in for the interpreter, and answers as libfprint's process never would."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from biometrics.errors import (
    CaptureCancelledError,
    CaptureError,
    DeviceLostError,
    DeviceNotFoundError,
    DeviceProtocolError,
    DeviceRefusedError,
    DeviceTimeoutError,
    DriverUnavailableError,
    NothingPresentedError,
)
from biometrics.positions import Position
from devices.calls import Call, Cancellation
from devices.choices import DeviceChoices
from devices.contract import CaptureRequest
from devices.fprint.driver import FprintDriver
from devices.fprint.process import SYSTEM_PYTHON, interpreters
from devices.uris import DeviceUri

URI = "fprint:uru4000"
LATE_S = 3.0

BEGINNING = """\
#!/usr/bin/env python3
import json, os, struct, sys, time

def say(event, number, body=b"", **more):
    header = json.dumps({"event": event, "number": number, **more}).encode()
    write(struct.pack(">II", len(header), len(body)) + header + body)

def write(data):
    while data:
        data = data[os.write(1, data):]

def hear():
    return json.loads(sys.stdin.readline() or os._exit(0))

def opened():
    say("ready", 0)
    say("devices", hear()["number"], devices=[SCANNER])
    say("opened", hear()["number"])

SCANNER = {"driver": "uru4000", "id": "0", "name": "a scanner", "scan": "press", "captures": True}
"""

Interpreter = Callable[[str], str]


@pytest.fixture
def interpreter(tmp_path: Path) -> Interpreter:
    def write(body: str) -> str:
        path = tmp_path / f"python{len(list(tmp_path.iterdir()))}"
        path.write_text(BEGINNING + body)
        path.chmod(0o755)
        return str(path)

    return write


@pytest.fixture(autouse=True)
def _no_process_is_left_over() -> Iterator[None]:
    yield
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def driver(*pythons: str, choices: DeviceChoices | None = None) -> FprintDriver:
    return FprintDriver(choices or DeviceChoices(), pythons)


def discovered(python: str, timeout_s: float = 20.0) -> int:
    return len(driver(python).discover(Call("fprint:", timeout_s)))


def captured(python: str, timeout_s: float = 20.0, cancellation: Cancellation | None = None) -> tuple[int, ...]:
    with closing(driver(python).open(DeviceUri.parse(URI), Call(URI, 20.0))) as scanner:
        request = CaptureRequest(positions=(Position.RIGHT_THUMB,), timeout_s=timeout_s)
        got = scanner.capture(request, Call(URI, timeout_s, cancellation))
        return got.samples[0].sample.pixels.shape


@pytest.mark.parametrize(
    "body",
    [
        "write(b'Hello, world!')",
        "write(b'y\\n' * 500_000); hear()",
        "write(struct.pack('>II', 100_000, 0)); hear()",
        "write(struct.pack('>II', 2, 2**32 - 1) + b'{}'); hear()",
        "write(struct.pack('>II', 2, 0) + b'{}'); hear()",
        "write(struct.pack('>II', 2, 0) + b'[]'); hear()",
        "write(struct.pack('>II', 3, 0) + b'{}\\xff'); hear()",
        "write(struct.pack('>II', 60_000, 0) + b'[' * 60_000); hear()",
        "say('ready', 0, b'body'); hear()",
        "say('ready', 7); hear()",
        "say('ready', '0'); hear()",
        "say('ready', 0); say('opened', hear()['number']); hear()",
        "say('ready', 0); say('devices', hear()['number'], devices=None); hear()",
        "say('ready', 0); say('devices', hear()['number'], devices=[1]); hear()",
        "say('ready', 0); say('devices', hear()['number'], devices=[{**SCANNER, 'id': 5}]); hear()",
        "say('ready', 0); say('devices', hear()['number'], devices=[{**SCANNER, 'name': '\\x1b[2J'}]); hear()",
        "say('ready', 0); say('devices', hear()['number'], devices=[SCANNER] * 65); hear()",
        "say('ready', 0); say('failed', hear()['number'], family=[], code=0, message={}); hear()",
    ],
)
def test_what_is_no_answer_is_a_protocol_error(interpreter: Interpreter, body: str) -> None:
    with pytest.raises(DeviceProtocolError) as wrong:
        discovered(interpreter(body))
    assert (wrong.value.source, bool(wrong.value.remedy)) == ("fprint:", True)


@pytest.mark.parametrize(
    "body",
    [
        "say('image', hear()['number'], b'123456', width=2, height=2)",
        "say('image', hear()['number'], b'', width=0, height=0)",
        "say('image', hear()['number'], b'1234', width=-2, height=-2)",
        "say('image', hear()['number'], b'1234', width=2.0, height=2)",
        "say('image', hear()['number'], b'1', width=True, height=True)",
        "say('image', hear()['number'], b'1234', width='2', height=2)",
        "say('image', hear()['number'], b'1234')",
        "say('image', hear()['number'], bytes(5001), width=5001, height=1)",
        "say('image', hear()['number'], b'123456' + bytes(2), width=2, height=4)",
        "say('picture', hear()['number'], width=2, height=2)",
        "n = hear()['number']\nwhile True: say('finger', n, present=True)",
        "say('failed', hear()['number'], family='x' * 999, code='y' * 999, message='\\n' * 9999)",
    ],
)
def test_what_is_no_picture_is_a_protocol_error(interpreter: Interpreter, body: str) -> None:
    with pytest.raises(DeviceProtocolError) as wrong:
        captured(interpreter(f"opened()\n{body}\nhear()"))
    assert (wrong.value.source, bool(wrong.value.remedy)) == (URI, True)
    assert len(wrong.value.message) < 500
    assert wrong.value.message.isprintable()


def test_pixels_are_taken_row_by_row(interpreter: Interpreter) -> None:
    assert captured(interpreter("opened(); say('image', hear()['number'], b'123456', width=3, height=2); hear()")) == (
        2,
        3,
    )


def test_answers_that_came_too_late_are_passed_over(interpreter: Interpreter) -> None:
    late = "n = hear()['number']\nfor old in range(n): say('finger', old, present=True)\n"
    assert captured(interpreter(f"opened()\n{late}say('image', n, b'1234', width=2, height=2)\nhear()")) == (2, 2)


@pytest.mark.parametrize(
    "body", ["", "say('ready', 0)", "say('ready', 0); hear(); os.abort()", "os.kill(os.getpid(), 9)"]
)
def test_a_process_that_ends_is_lost(interpreter: Interpreter, body: str) -> None:
    with pytest.raises(DeviceLostError) as lost:
        discovered(interpreter(body))
    assert lost.value.remedy


@pytest.mark.parametrize("body", ["time.sleep(60)", "say('ready', 0); time.sleep(60)"])
def test_a_silent_process_is_killed_in_time(interpreter: Interpreter, body: str) -> None:
    begun = time.monotonic()
    with pytest.raises(DeviceTimeoutError):
        discovered(interpreter(body), timeout_s=1.0)
    assert time.monotonic() - begun < 1.0 + LATE_S


def test_a_process_that_drips_is_killed_in_time(interpreter: Interpreter) -> None:
    drips = "opened()\nwrite(struct.pack('>II', 60_000, 0))\nwhile True: write(b'[') or time.sleep(0.1)"
    begun = time.monotonic()
    with pytest.raises(DeviceTimeoutError):
        captured(interpreter(drips), timeout_s=1.0)
    assert time.monotonic() - begun < 1.0 + LATE_S


def test_scans_that_only_fail_end_with_the_time(interpreter: Interpreter) -> None:
    fails = "while True: say('failed', hear()['number'], family='retry', code='too-short', message='')"
    begun = time.monotonic()
    with pytest.raises(NothingPresentedError, match="too short"):
        captured(interpreter(f"opened()\n{fails}"), timeout_s=1.0)
    assert time.monotonic() - begun < 1.0 + LATE_S


def test_a_search_is_cancelled(interpreter: Interpreter) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(CaptureCancelledError):
        driver(interpreter("time.sleep(60)")).discover(Call("fprint:", 60.0, cancellation))


def test_permission_is_asked_for_with_a_command(interpreter: Interpreter) -> None:
    body = "opened()\nsay('failed', hear()['number'], family='usb', code='permission-denied', message='')\nhear()"
    with pytest.raises(DriverUnavailableError) as refused:
        captured(interpreter(body))
    assert refused.value.command
    assert refused.value.missing


def test_a_resolution_that_nobody_knows_is_asked_for(interpreter: Interpreter) -> None:
    python = interpreter(
        "say('ready', 0)\nsay('devices', hear()['number'], devices=[{**SCANNER, 'driver': 'elan'}])\n"
        "say('opened', hear()['number']); hear()"
    )
    with pytest.raises(DeviceRefusedError) as unknown:
        driver(python).open(DeviceUri.parse("fprint:elan"), Call("fprint:elan", 20.0))
    assert "fprint:elan?ppi=" in str(unknown.value.remedy)
    with closing(driver(python).open(DeviceUri.parse("fprint:elan?ppi=363"), Call("fprint:elan", 20.0))) as scanner:
        assert scanner.info.ppi == 363.0
    chosen = driver(python, choices=DeviceChoices(fprint_ppi={"elan": 363.0}))
    with closing(chosen.open(DeviceUri.parse("fprint:elan"), Call("fprint:elan", 20.0))) as scanner:
        assert scanner.info.ppi == 363.0


def test_devices_of_other_names_have_other_uris(interpreter: Interpreter) -> None:
    named = "{**SCANNER, 'id': '../b?c'}"
    python = interpreter(
        f"say('ready', 0)\nsay('devices', hear()['number'], devices=[SCANNER, SCANNER, {named}])\n"
        "command = hear()\nsay('opened' if command['id'] == '../b?c' else 'wrong', command['number']); hear()"
    )
    uris = [device.uri for device in driver(python).discover(Call("fprint:", 20.0))]
    assert uris == [URI, f"{URI}/..%2Fb%3Fc"]
    with closing(driver(python).open(DeviceUri.parse(uris[1]), Call(uris[1], 20.0))) as scanner:
        assert scanner.info.descriptor.uri == uris[1]
    for other in (f"{URI}/0", f"{URI}/b"):
        with pytest.raises(DeviceNotFoundError, match="no such scanner"):
            driver(python).open(DeviceUri.parse(other), Call(other, 20.0))


@pytest.mark.parametrize("missing", ["python3-gi", "gir1.2-fprint-2.0"])
def test_what_is_not_installed_is_told_with_the_command(interpreter: Interpreter, missing: str) -> None:
    python = interpreter(f"say('missing', 0, missing='{missing}')")
    with pytest.raises(DriverUnavailableError):
        driver(python).open(DeviceUri.parse(URI), Call(URI, 20.0))
    with pytest.raises(DriverUnavailableError) as absent:
        driver("/nonexistent/python", python).discover(Call("fprint:", 20.0))
    assert (absent.value.missing, str(absent.value.command)[:21]) == ((missing,), "sudo apt-get install ")
    (found,) = (finding for finding in driver(python).examine(Call("fprint:", 20.0)) if finding.what == "libfprint")
    assert (found.fine, found.command) == (False, absent.value.command)


def test_the_next_interpreter_is_tried_and_kept(interpreter: Interpreter, tmp_path: Path) -> None:
    without = interpreter(f"open('{tmp_path}/tried', 'a').write('.'); say('missing', 0, missing='python3-gi')")
    has = interpreter("say('ready', 0); say('devices', hear()['number'], devices=[SCANNER]); hear()")
    used = driver("/nonexistent/python", without, has)
    assert [len(used.discover(Call("fprint:", 20.0))) for _ in range(2)] == [1, 1]
    assert (tmp_path / "tried").read_text() == "."


def test_no_interpreter_at_all(tmp_path: Path) -> None:
    with pytest.raises(DriverUnavailableError):
        driver("/nonexistent/python").discover(Call("fprint:", 20.0))
    with pytest.raises(DriverUnavailableError):
        driver().discover(Call("fprint:", 20.0))


def test_examining_never_raises(interpreter: Interpreter) -> None:
    for body in ("write(b'garbage!')", "os.abort()", "time.sleep(60)"):
        (found,) = driver(interpreter(body)).examine(Call("fprint:", 1.0))
        assert (found.what, found.fine, bool(found.told)) == ("libfprint", False, True)


def test_a_process_is_given_nothing_that_it_does_not_need(
    interpreter: Interpreter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KURA_KEY", "secret")
    monkeypatch.setenv("FP_VIRTUAL_IMAGE", "a/socket")
    told = tmp_path / "told"
    see = "{'environment': dict(os.environ), 'files': os.listdir('/proc/self/fd'), 'at': os.getcwd(), 'by': sys.argv}"
    python = interpreter(f"open('{told}', 'w').write(json.dumps({see})); say('missing', 0, missing='')")
    with told.with_name("open").open("w"), pytest.raises(DriverUnavailableError):
        discovered(python)
    seen = json.loads(told.read_text())
    assert set(seen["environment"]) <= {"PATH", "LANG", "FP_VIRTUAL_IMAGE", "LC_CTYPE"}
    assert seen["environment"]["FP_VIRTUAL_IMAGE"] == str(Path("a/socket").absolute())
    assert len(seen["files"]) <= 5  # three, the file it writes to, and the folder it lists
    assert (seen["at"], seen["by"][1:3]) == ("/", ["-I", "-B"])


def test_kuras_interpreter_goes_before_the_systems() -> None:
    assert interpreters()[-1] == SYSTEM_PYTHON


def test_an_interpreter_without_the_binding_says_so() -> None:
    """The real child, under an interpreter that has no PyGObject: isolated from the packages of the system."""
    try:
        found = FprintDriver(DeviceChoices(), interpreters()[:1]).discover(Call("fprint:", 20.0))
    except CaptureError as error:
        assert isinstance(error, DriverUnavailableError)
        assert error.missing in (("python3-gi",), ("gir1.2-fprint-2.0",))
    else:
        assert isinstance(found, list)
