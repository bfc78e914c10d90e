"""Memory with people in it stays in memory: no core dumps, and no looking in by other processes of the same user."""

from __future__ import annotations

import ctypes
import resource

_PR_SET_DUMPABLE = 4


def keep_memory_private() -> None:
    """Let this process leave no core dump, nor be attached to, nor its memory be read, by anybody but root.

    A limit of 0 alone does not keep a dump from a program that the system hands dumps to; not being dumpable does. It
    is not inherited by programs that are started, so each process that holds people or keys calls this itself.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
