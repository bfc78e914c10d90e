"""The README's transcript is what a reader would see."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.databases import give_database

ROOT = Path(__file__).resolve().parents[2]


def transcript() -> list[tuple[str, str]]:
    """Return each command of the README's console blocks with the output shown below it."""
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    steps = [step for block in blocks for step in re.split(r"^\$ ", block, flags=re.MULTILINE) if step]
    return [(step.partition("\n")[0], step.partition("\n")[2]) for step in steps]


def test_the_transcript_is_true(tmp_path: Path) -> None:
    programs = Path(sys.executable).parent
    site_packages = next((programs.parent / "lib").glob("python3*"))
    (tmp_path / ".venv" / "lib").mkdir(parents=True)
    (tmp_path / ".venv" / "lib" / site_packages.name).symlink_to(site_packages)
    environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"}
    give_database(tmp_path / "trial")
    steps = transcript()
    assert len(steps) >= 5
    for command, shown in steps:
        ended = subprocess.run(
            command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert re.sub(r"case \w{26}", "case CASE", ended.stdout) == shown, f"{command}\n{ended.stderr}"
