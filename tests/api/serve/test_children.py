"""What a child process of the service is given of its supervisor's environment."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from api.serve.children import Child, ChildPlan


def test_a_key_in_the_environment_is_withheld(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KURA_TEST_KEY", "secret")
    monkeypatch.setenv("KURA_TEST_OTHER", "other")
    told = tmp_path / "told"
    code = f"import os; open({str(told)!r}, 'w').write(' '.join(os.environ))"
    for withheld in (frozenset[str](), frozenset({"KURA_TEST_KEY"})):
        plan = ChildPlan(
            name="worker",
            command=[sys.executable, "-c", code],
            descriptors=(),
            environment={"KURA_TEST_MORE": "more"},
            withheld=withheld,
        )
        child = Child(plan)
        assert child.start_when_due() and child.await_end(time.monotonic() + 60)
        given = set(told.read_text().split())
        assert {"KURA_TEST_OTHER", "KURA_TEST_MORE"} <= given and ("KURA_TEST_KEY" in given) is not bool(withheld)
