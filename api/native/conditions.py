"""ETags: answers that need not be sent again, and changes that meet what was read (RFC 9110, section 13)."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated, Any

from fastapi import Depends, Header, Response

from api.http.problems import Refusal

IfNoneMatch = Annotated[str | None, Header(max_length=1000, description="ETags that are known")]

_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')
_VERSION = re.compile(r'"(0|[1-9][0-9]{0,8})"')


def tag_of(document: Any) -> str:
    """Return the ETag of a JSON document: of what it says, whenever it is made."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def is_known(tag: str, if_none_match: str | None) -> bool:
    """Return whether If-None-Match names a tag, weakly compared."""
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    return tag in {one.removeprefix("W/") for one in _TAG.findall(if_none_match)}


def unchanged(tag: str) -> Response:
    """Return the answer to somebody who knows the present state."""
    return Response(status_code=304, headers={"ETag": tag})


def _version_expected(
    if_match: Annotated[str | None, Header(max_length=200, description="the ETag that was read")] = None,
    if_none_match: Annotated[str | None, Header(max_length=200, description="`*`: only where there is none")] = None,
) -> int:
    """Return the version that a change is on, 0 where there shall be none yet.

    Raises
    ------
    Refusal
        428 when nothing is said, 412 when what is said cannot be a version.
    """
    if if_match is None and if_none_match is not None and if_none_match.strip() == "*":
        return 0
    if if_match is None or if_none_match is not None:
        raise Refusal(
            "unconditional",
            "send either If-Match with the ETag of the record as it was read, or If-None-Match: * for the first one",
        )
    found = _VERSION.fullmatch(if_match.strip())
    if found is None or found[1] == "0":
        raise Refusal("changed", "If-Match names no version of this record: read it again")
    return int(found[1])


ExpectedVersion = Annotated[int, Depends(_version_expected)]
"""Annotates the parameter of an endpoint that changes the version that was read, and no other."""
