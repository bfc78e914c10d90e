"""The child itself, with a stand-in for PyGObject under it that hangs as no virtual device would."""

from __future__ import annotations

import ast
import os
import time
from pathlib import Path

import pytest

from devices.fprint import process
from devices.fprint.process import ChildProcess

CHILD = Path(process.__file__).with_name("child.py")

GI = """
__version__ = "0"
def require_version(name, version): pass
"""
LIBRARIES = {
    "GLib": """
        class Error(Exception): pass
        def quark_to_string(quark): return quark
        class MainContext:
            @staticmethod
            def default(): return MainContext()
            def iteration(self, wait): __import__("time").sleep(0.01)
            def wakeup(self): pass
    """,
    "Gio": """
        class Cancellable:
            @staticmethod
            def new(): return Cancellable()
            def cancel(self): pass
    """,
    "FPrint": """
        import enum, time
        class DeviceFeature: CAPTURE = 1
        class Press(enum.Enum):
            PRESS = 1
            value_nick = property(lambda self: "press")
        class Device:
            def get_driver(self): return "uru4000"
            def get_device_id(self): return "0"
            def get_name(self): return "a scanner that hangs"
            def get_scan_type(self): return Press.PRESS
            def has_feature(self, feature): return True
            def open_sync(self, cancellable): print("what libraries print", flush=True)
            def connect(self, signal, handler): pass
            def capture_sync(self, wait, cancellable): time.sleep(600)
            def close_sync(self, cancellable): time.sleep(600)
        class Context:
            def get_devices(self): return [device]
        device = Device()
    """,
}


@pytest.fixture
def python(tmp_path: Path) -> str:
    repository = tmp_path / "gi" / "repository"
    repository.mkdir(parents=True)
    (tmp_path / "gi" / "__init__.py").write_text(GI)
    (repository / "__init__.py").write_text("")
    for name, body in LIBRARIES.items():
        (repository / f"{name}.py").write_text("if True:\n" + body)
    python = tmp_path / "python"
    python.write_text(
        "#!/usr/bin/env python3\nimport runpy, sys\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\nrunpy.run_path(sys.argv[3], run_name='__main__')\n"
    )
    python.chmod(0o755)
    return str(python)


def heard(child: ChildProcess, number: int) -> str:
    message = child.hear(number, 20.0)
    assert message is not None
    return message.event


@pytest.mark.parametrize("capturing", [True, False])
def test_a_driver_that_hangs_ends_when_nobody_is_there_any_more(python: str, capturing: bool) -> None:
    child = ChildProcess(python, "fprint:")
    try:
        assert heard(child, 0) == "ready"
        assert heard(child, child.ask("list")) == "devices"
        assert heard(child, child.ask("open", driver="uru4000", id="0")) == "opened"
        if capturing:
            child.ask("capture")
            assert child.hear(3, 0.3) is None
        begun = time.monotonic()
        child.end(leaving_s=20.0)  # far longer than the child gives its driver
        assert time.monotonic() - begun < 15.0
        with pytest.raises(ProcessLookupError):
            os.kill(child.pid, 0)
    finally:
        child.end(leaving_s=0)


def test_the_child_runs_under_the_pythons_of_older_systems() -> None:
    ast.parse(CHILD.read_text(), feature_version=(3, 9))
