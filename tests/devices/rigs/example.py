"""The third-party driver of docs/examples, built as its authors would, and found by its entry point in the wheel."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from devices.conformance import Rig

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "kura-example-driver"


@contextmanager
def rig(folder: Path) -> Iterator[Rig]:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")],
        cwd=EXAMPLE,
        check=True,
        capture_output=True,
    )
    (wheel,) = (folder / "dist").iterdir()
    sys.path.insert(0, str(wheel))
    importlib.invalidate_caches()
    try:
        with _tests().rig(folder) as connected:
            yield connected
    finally:
        sys.path.remove(str(wheel))
        for module in ("kura_example_driver", "kura_example_simulator"):
            sys.modules.pop(module, None)


def _tests() -> ModuleType:
    spec = importlib.util.spec_from_file_location("example_driver_tests", EXAMPLE / "tests" / "test_driver.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
