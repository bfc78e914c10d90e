"""The sample application in this process, once for a module: its requests leave nothing behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.http.clients import Rights
from tests.api.http import samples
from tests.api.http.fixtures import InProcess

RIGHTS = {"slow": Rights(per_minute=1), "poor": Rights(scopes=frozenset(("things.read",)))}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    home = tmp_path_factory.mktemp("served") / "home"
    parts = {"/t": samples.build, "/o": samples.build_like_osia}
    server = {"most_body_mb": 1, "body_timeout_s": 0.5}
    with InProcess(home, parts=parts, clients=RIGHTS, server=server) as made:
        yield made
