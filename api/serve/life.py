"""A child process that ends in good order when its supervisor is gone, however that ended."""

from __future__ import annotations

import os
import signal
import threading


def follow(descriptor: int) -> None:
    """Ask this process for its end (SIGTERM) when the other end of a pipe is closed, which the supervisor holds.

    Call it in a process that takes SIGTERM as asking, and only once.
    """
    threading.Thread(target=_watch, args=(descriptor,), name="follow", daemon=True).start()


def _watch(descriptor: int) -> None:
    while os.read(descriptor, 64):  # nothing is ever written; the end of the pipe is the message
        pass
    os.kill(os.getpid(), signal.SIGTERM)
