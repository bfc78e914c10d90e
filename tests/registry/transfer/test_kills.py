from __future__ import annotations

from pathlib import Path

from tests.kills import assert_kills_do_no_harm


def test_an_import_killed_anywhere_and_run_again_is_exactly_one_import(tmp_path: Path) -> None:
    assert_kills_do_no_harm("tests.registry.transfer.import_kills", tmp_path, sampled=30, seed=11)
