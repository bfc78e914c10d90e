"""Commands printed for people to type next; each works as it is printed, in the folder where it was printed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from shlex import quote


def program() -> str:
    """Return how the command was called, such as `.venv/bin/kura`; `kura` where that finds the same file."""
    called = Path(sys.argv[0])
    found = shutil.which("kura")
    if called.name != "kura" or (found is not None and Path(found).samefile(called)):
        return "kura"
    return quote(sys.argv[0])  # not the Path, which would drop the ./ that a shell needs


def word(path: Path) -> str:
    """Return a path as one word of a command, quoted, and never to be taken for an option."""
    text = str(path)
    return quote(f"./{text}" if text.startswith("-") else text)
