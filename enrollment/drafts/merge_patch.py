"""JSON merge patches (RFC 7396): what a partial document makes of a whole one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merged(target: Any, patch: Any) -> Any:
    """Return what a patch makes of a JSON value; neither is changed.

    Objects are merged member by member and a null removes a member; anything else, arrays too, takes the target's
    place.

    Parameters
    ----------
    target, patch
        JSON values as `json.loads` gives them, at most as deep as the interpreter's stack allows.
    """
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
