"""A campaign: one process per target, watched; its findings are kept as files that `--reproduce` takes."""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.judging import judge
from tests.fuzz.target import Target

CURRENT = "current"
"""The input that is being tried; what is left of a process that crashed."""

_GRACE_S = 180.0
"""For imports, instrumentation and the last inputs, on a busy machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long, how, and where findings are left."""

    seconds: float
    seed: int
    engine: str
    out: Path

    @property
    def uses_atheris(self) -> bool:
        """Whether inputs are chosen by what they reach."""
        return self.engine == "atheris" or (self.engine == "auto" and importlib.util.find_spec("atheris") is not None)


def run(names: Sequence[str], plan: Plan) -> int:
    """Try each target; 1 when one broke the rule."""
    plan.out.mkdir(parents=True, exist_ok=True)
    how = "atheris" if plan.uses_atheris else f"seed {plan.seed}"
    print(f"{len(names)} targets, {plan.seconds:g} s each, {how}; findings go to {plan.out}/", flush=True)
    broken = [name for name in names if not _keeps_the_rule(name, plan)]
    print(f"{len(broken)} of {len(names)} targets broke the rule{': ' if broken else ''}{', '.join(broken)}")
    return 1 if broken else 0


def _keeps_the_rule(name: str, plan: Plan) -> bool:
    folder = plan.out / name
    folder.mkdir(exist_ok=True)
    before, began = set(folder.glob("found-*")), time.monotonic()
    command = [sys.executable, "-m", "tests.fuzz.worker", name, str(folder), str(plan.seconds), str(plan.seed)]
    command += ["atheris"] if plan.uses_atheris else ["random"]
    with (folder / "log.txt").open("wb") as log:
        try:
            code = subprocess.run(
                command, stdout=log, stderr=log, timeout=plan.seconds + _GRACE_S, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            # A parser that does not come back is a finding by its input; guided, libFuzzer watches each input itself.
            code = 0 if plan.uses_atheris else -1
    if code not in (0, 1) and (folder / CURRENT).exists():
        keep(folder, (folder / CURRENT).read_bytes(), f"the process ended with {code}")
    (folder / CURRENT).unlink(missing_ok=True)
    found = sorted(set(folder.glob("found-*")) - before)
    told = (
        f"BROKEN: {', '.join(str(path) for path in found) or folder / 'log.txt'}" if found or code else "kept the rule"
    )
    tries = (folder / "tries").read_text() if (folder / "tries").exists() else "?"
    print(f"{name:20} {tries:>9} inputs {time.monotonic() - began:6.1f} s  {told}", flush=True)
    return not found and code == 0


def keep(folder: Path, data: bytes, what: str) -> None:
    """Leave an input, and what it does, for whoever mends the parser."""
    name = f"found-{hashlib.sha256(data).hexdigest()[:16]}"
    (folder / name).write_bytes(data)
    (folder / f"{name}.txt").write_text(f"{what}\n")


def reproduce(target: Target, path: Path) -> int:
    """Try one file; 1 when it breaks the rule."""
    found = judge(target, path.read_bytes())
    print("keeps the rule" if found is None else found.what)
    return 0 if found is None else 1
