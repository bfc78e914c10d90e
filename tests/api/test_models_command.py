"""`kura models prepare` leaves nothing for later commands to wait for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from matching.vectors.kernels.choice import supports_vnni

ROOT = Path(__file__).resolve().parents[2]


def test_every_module_of_compiled_functions_is_compiled_by_prepare() -> None:
    rooms = [path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name not in ("tests", "benchmarks")]
    kernels = {
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for room in rooms
        for path in room.rglob("kernels.py")
    }
    if not supports_vnni():
        kernels.remove("matching.vectors.kernels.vnni.kernels")  # only on processors that can run it
    assert len(kernels) >= 2
    # In a process of its own, where nothing is loaded but what the command loads.
    asked = "import sys; from api.command_line import main; main(['models', 'prepare']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=ROOT)
    assert kernels <= set(done.stdout.split())
