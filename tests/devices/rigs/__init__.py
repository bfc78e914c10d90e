"""One rig per driver for the contract suite: a module with `rig(folder)`, named in `RIGS`.

A module of a rig imports what not every machine has inside `rig`, which skips with a reason that names what to install:
`pytest.skip("needs libfprint: apt-get install gir1.2-fprint-2.0")`. One rig alone:
`pytest tests/devices/test_contract.py -k NAME`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devices.conformance import Fault, Rig, Rigging

RIGS = {
    "browser": "tests.devices.rigs.browser",
    "example": "tests.devices.rigs.example",
    "folder": "tests.devices.rigs.folder",
    "fprint": "tests.devices.rigs.fprint",
    "mjpeg": "tests.devices.rigs.mjpeg",
    "rtsp": "tests.devices.rigs.rtsp",
    "sbi": "tests.devices.rigs.sbi",
    "simulated": "tests.devices.rigs.simulated",
    "v4l2": "tests.devices.rigs.v4l2",
    "video": "tests.devices.rigs.video",
}
"""Modules by the name of the rig; each has `rig(folder: Path)`, a context manager that gives a `Rig`."""


@contextmanager
def rigged(name: str, folder: Path) -> Iterator[Rig]:
    """Connect the device of a rig."""
    rigging: Rigging = importlib.import_module(RIGS[name]).rig
    with rigging(folder) as rig:
        yield rig


__all__ = ["RIGS", "Fault", "Rig", "rigged"]
