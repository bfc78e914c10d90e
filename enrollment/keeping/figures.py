"""What people are told about a gallery in memory and its snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from enrollment.keeping.opening import Kept, Origin
from matching.gallery import Gallery


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryFigures:
    """A gallery in memory.

    Parameters
    ----------
    gallery_id
        Its name.
    origin, reason, followed, opened_in_s
        Where it came from, why it was built anew, changes applied since, and what that took.
    stats
        What it holds, as `Gallery.stats` names it; JSON values only.
    latest
        The registry's last change.
    kept, kept_in_s
        Its snapshot, and what writing it took; None and 0 when it was not written by this owner.
    """

    gallery_id: str
    origin: Origin
    reason: str | None
    followed: int
    opened_in_s: float
    stats: Mapping[str, object]
    latest: int
    kept: Kept | None
    kept_in_s: float


def stats_of(gallery: Gallery) -> dict[str, object]:
    """Return what a gallery holds, as JSON values."""
    return {name: _plain(value) for name, value in asdict(gallery.stats()).items()}


def _plain(value: Any) -> object:
    if isinstance(value, Mapping):
        return {str(_plain(name)): _plain(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value.value if isinstance(value, Enum) else value
