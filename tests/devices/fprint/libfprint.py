"""libfprint as this machine has it, with a virtual device behind a socket of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest

from biometrics.errors import DriverUnavailableError
from devices.calls import Call
from devices.choices import DeviceChoices
from devices.fprint.driver import FprintDriver

URI = "fprint:virtual_image"
VIRTUAL = "FP_VIRTUAL_IMAGE"


@contextmanager
def virtual_device() -> Iterator[Path]:
    """Give the socket of the virtual device; skips where there is no libfprint, or it has none."""
    with (
        tempfile.TemporaryDirectory(prefix="kura-") as folder,  # pytest's own names can be too long for a socket
        patch.dict(os.environ, {VIRTUAL: f"{folder}/finger"}),
    ):
        try:
            found = FprintDriver(DeviceChoices()).discover(Call("fprint:", 30.0))
        except DriverUnavailableError as error:
            pytest.skip(f"needs libfprint: {error.command}")
        if URI not in {device.uri for device in found}:
            pytest.skip("needs a libfprint that was built with its virtual image device")
        yield Path(folder, "finger")
