"""Galleries kept on disk: sealed snapshots that are whole, authentic and this registry's, or are not used."""

from matching.keeping.folders import latest_snapshot, require_room
from matching.keeping.key_file import KEY_BYTES, make_key, read_key
from matching.keeping.manifest import Manifest
from matching.keeping.reading import Snapshot, open_snapshot
from matching.keeping.writing import Sizes, write_snapshot

__all__ = [
    "KEY_BYTES",
    "Manifest",
    "Sizes",
    "Snapshot",
    "latest_snapshot",
    "make_key",
    "open_snapshot",
    "read_key",
    "require_room",
    "write_snapshot",
]
