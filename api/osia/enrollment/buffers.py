"""Files that are sent apart from the enrollment they belong to, and how its pictures refer to them."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from urllib.parse import unquote, urlsplit

from api.http.access import Caller
from api.http.desk import Desk
from api.http.problems import Refusal
from api.osia.models import BiometricDataBase
from biometrics.errors import RecordConflictError, RecordNotFoundError, SampleError
from enrollment.operations.draft_buffers import ADD_BUFFER, READ_BUFFER, AddBuffer, KeptBuffer, OwnBuffer

MEDIA = ("application/*", "image/*")
"""Kinds of files that are kept."""

_MEDIA_TYPE = re.compile(
    r"""[a-z]+/[a-zA-Z0-9!#$&^_.+-]{1,100}(?:\s*;\s*[a-zA-Z0-9-]+=(?:[a-zA-Z0-9._+-]+|"[ -~]*?"))*"""
)
_REFERENCE = re.compile(r"/v1/enrollments/([^/]+)/buffer/([^/]+)")


def add_buffer(desk: Desk, caller: Caller, draft_id: str, data: bytes, media_type: str) -> str:
    """Keep a file with an enrollment that is not finalized and return its identifier.

    Raises
    ------
    Refusal
        When it is empty, of a kind that cannot be written back, or the enrollment is finalized.
    """
    if not data:
        raise Refusal("content", "the buffer is empty", status=403)
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise Refusal("invalid", "the Content-Type cannot be read")
    asked = AddBuffer(draft_id=draft_id, client=caller.client, data=data, media_type=media_type)
    try:
        return desk.service(caller.actor()).call(ADD_BUFFER, asked)
    except RecordConflictError:
        raise Refusal("forbidden", "the enrollment is finalized and takes no more buffers") from None


def read_buffer(desk: Desk, caller: Caller, draft_id: str, buffer_id: str) -> KeptBuffer:
    """Return a file of an enrollment."""
    asked = OwnBuffer(draft_id=draft_id, client=caller.client, buffer_id=buffer_id)
    return desk.service(caller.actor()).call(READ_BUFFER, asked)


def with_images(
    data: Sequence[BiometricDataBase], draft_id: str, read: Callable[[str], KeptBuffer]
) -> list[BiometricDataBase]:
    """Return biometric data with the images that they refer to, which must be buffers of the same enrollment.

    Raises
    ------
    SampleError
        When a reference leads elsewhere, nowhere, or stands beside an image.
    """
    return [_with_image(one, f"biometricData[{index}]", draft_id, read) for index, one in enumerate(data)]


def _with_image(
    one: BiometricDataBase, origin: str, draft_id: str, read: Callable[[str], KeptBuffer]
) -> BiometricDataBase:
    if one.image_ref is None:
        return one
    if one.image is not None:
        raise SampleError("there are both image and imageRef", source=origin, remedy="send one of them")
    try:
        kept = read(_buffer_named(one.image_ref, draft_id))
    except RecordNotFoundError:
        raise SampleError(
            "imageRef names no buffer of this enrollment", source=origin, remedy="send the picture as a buffer first"
        ) from None
    sent = one.as_sent()
    del sent["imageRef"]
    return BiometricDataBase.model_validate(sent | {"image": base64.b64encode(kept.data).decode()})


def _buffer_named(reference: str, draft_id: str) -> str:
    """Return the buffer that a reference names; nothing is fetched, so that its host does not matter."""
    found = _REFERENCE.search(urlsplit(reference).path)
    if found is None or found.end() != len(urlsplit(reference).path) or unquote(found[1]) != draft_id:
        raise RecordNotFoundError("the reference is no address of a buffer of this enrollment")
    return unquote(found[2])
