from __future__ import annotations

from tests.api.conftest import home, kura

__all__ = ["home", "kura"]
