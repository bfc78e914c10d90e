"""Where Kura keeps what it can rebuild."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """Return the folder for rebuilt weights and compiled functions: KURA_CACHE, or the user's cache folder."""
    chosen = os.environ.get("KURA_CACHE")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("kura"))
