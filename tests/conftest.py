"""Every array annotation is checked at run time in the suite, except in compiled modules (named `kernels`)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import jaxtyping
import pytest
import structlog
from hypothesis import settings

import tests.typecheck

os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("api", "benchmarks", "biometrics", "devices", "enrollment", "matching", "models", "registry")


def _checked_modules() -> list[str]:
    files = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    checked = [path for path in files if path.stem not in ("__init__", "kernels")]
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in checked]


jaxtyping.install_import_hook(_checked_modules(), f"{tests.typecheck.__name__}.checked")

# Property tests are judged by their answers, never by the time they take on a busy machine.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def default_logging() -> Iterator[None]:
    """Undo what the command configures for its process, so that no test depends on the one before."""
    yield
    structlog.reset_defaults()
