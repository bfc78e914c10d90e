"""CPU time is counted of a process and of everybody it started."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.load.processes import cpu_seconds, descendants

_BUSY = "import time; t = time.process_time()\nwhile time.process_time() < t + 0.3: pass"
_PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {_BUSY!r} + "\\nprint('done', flush=True)\\ninput()"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
child.stdout.readline()
print(child.pid, flush=True)
input()
child.communicate("\\n")
"""


def test_a_child_s_time_counts() -> None:
    command = [sys.executable, "-c", _PARENT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        found = descendants(parent.pid)
        assert found == (parent.pid, child)
        assert cpu_seconds(found) >= cpu_seconds((child,)) >= 0.25  # counted in hundredths
        parent.communicate("\n")
    assert descendants(parent.pid) == (parent.pid,)
    assert cpu_seconds((parent.pid,)) == 0.0
