"""Where the command `kura` starts: until it listens to interrupts, one ends it without a word or a traceback."""

from __future__ import annotations

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)

from api.command_line import main  # noqa: E402
from api.private_memory import keep_memory_private  # noqa: E402

keep_memory_private()

__all__ = ["main"]
