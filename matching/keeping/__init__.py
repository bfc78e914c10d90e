"""Galleries kept on disk: sealed snapshots that are whole, authentic and this registry's, or are not used."""

from matching.keeping.folders import latest_snapshot, require_room, tidy
from matching.keeping.manifest import Manifest
from matching.keeping.reading import Snapshot, open_snapshot, present_key
from matching.keeping.sealing import KEY_BYTES, FindKey, key_check
from matching.keeping.writing import Sizes, write_snapshot

__all__ = [
    "KEY_BYTES",
    "FindKey",
    "Manifest",
    "Sizes",
    "Snapshot",
    "key_check",
    "latest_snapshot",
    "open_snapshot",
    "present_key",
    "require_room",
    "tidy",
    "write_snapshot",
]
