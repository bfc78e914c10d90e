"""What the audit trail calls things that are done with keys."""

from __future__ import annotations

ROTATION_BEGUN = "keys.rotation_begun"
KEYS_ROTATED = "keys.rotated"
KEY_ADDED = "keys.key_added"
KEY_CHANGED = "keys.changed"
RECOVERY_MADE = "keys.recovery_made"

KEY_ACTIONS = frozenset({ROTATION_BEGUN, KEYS_ROTATED, KEY_ADDED, KEY_CHANGED, RECOVERY_MADE})
