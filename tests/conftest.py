"""Every array annotation is checked at run time in the suite, except in compiled modules (named `kernels`).

`--database postgresql` lets all registries be databases of a PostgreSQL server that the suite starts and ends.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import jaxtyping
import pytest
import structlog
from hypothesis import settings

import tests.typecheck
from tests.postgres import PostgresServer

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


_SERVER = pytest.StashKey[PostgresServer]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite", help="where registries are kept")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--database") == "postgresql":
        from tests.databases import serve  # noqa: PLC0415 - imports rooms, which the hook above must see first

        try:
            config.stash[_SERVER] = PostgresServer()
        except (OSError, RuntimeError) as error:
            raise pytest.UsageError(f"the tests' PostgreSQL server does not start: {error}") from error
        serve(config.stash[_SERVER])


def pytest_unconfigure(config: pytest.Config) -> None:
    if _SERVER in config.stash:
        config.stash[_SERVER].close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    other = "sqlite_only" if config.getoption("--database") == "postgresql" else "postgresql_only"
    chosen = [item for item in items if item.get_closest_marker(other) is None]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


@pytest.fixture
def server(pytestconfig: pytest.Config) -> PostgresServer:
    """Return the server that holds the registries of this run."""
    return pytestconfig.stash[_SERVER]


@pytest.fixture(autouse=True)
def dropped_databases(request: pytest.FixtureRequest) -> Iterator[None]:
    """Give back the room that a test's databases take, 8 MB each."""
    if _SERVER not in request.config.stash or "tmp_path" not in request.fixturenames:
        yield
        return
    from tests.databases import drop_databases  # noqa: PLC0415

    folder = request.getfixturevalue("tmp_path")
    yield
    drop_databases(folder)


@pytest.fixture(autouse=True)
def default_logging() -> Iterator[None]:
    """Undo what the command configures for its process, so that no test depends on the one before."""
    yield
    structlog.reset_defaults()
