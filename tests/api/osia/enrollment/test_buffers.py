"""Files sent apart from their enrollment: whole, of their own kind, and verified by their digests."""

from __future__ import annotations

import base64
import hashlib

import httpx
import pytest

from api.osia.enrollment.buffers import with_images
from api.osia.models import BiometricDataBase
from biometrics.errors import RecordNotFoundError, SampleError
from enrollment.operations.draft_buffers import KeptBuffer
from tests.api.osia.enrollment.conftest import path_of

SCAN = bytes(range(256)) * 4
DIGEST = f"SHA-256={base64.b64encode(hashlib.sha256(SCAN).digest()).decode()}"


@pytest.fixture
def opened(client: httpx.Client, draft_id: str) -> str:
    assert client.post(path_of(draft_id)).status_code == 204
    return draft_id


def send(client: httpx.Client, draft_id: str, data: bytes = SCAN, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in ({"Content_Type": "image/png"} | headers).items()}
    return client.post(path_of(draft_id, "buffer"), content=data, headers=named)


@pytest.mark.parametrize(
    "media_type",
    [
        "image/png",
        "image/jp2",
        "application/octet-stream",
        "application/json",
        "application/vc+ld+json",
        'application/pdf; version="1.7"',
    ],
)
def test_a_file_comes_back_as_it_was_sent(client: httpx.Client, opened: str, media_type: str) -> None:
    sent = send(client, opened, Content_Type=media_type, Digest=DIGEST)
    assert sent.status_code == 201
    assert sent.json().keys() == {"bufferId"}
    read = client.get(path_of(opened, "buffer", sent.json()["bufferId"]))
    assert read.status_code == 200
    assert read.content == SCAN
    assert read.headers["content-type"] == media_type
    assert read.headers["digest"] == DIGEST
    assert read.headers["content-disposition"] == "attachment"
    assert read.headers["x-content-type-options"] == "nosniff"


def test_a_wrong_digest_keeps_nothing(client: httpx.Client, opened: str) -> None:
    refused = send(client, opened, Digest="SHA=thvDyvhfIqlvFe+A9MYgxAfm1q5=")
    assert (refused.status_code, refused.json()["code"]) == (403, 40304)


@pytest.mark.parametrize("media_type", ["text/html", "video/mp4", "application/", "application/x y", ""])
def test_only_files_of_listed_kinds_are_taken(client: httpx.Client, opened: str, media_type: str) -> None:
    assert send(client, opened, Content_Type=media_type).status_code == 400


def test_an_empty_file_is_none(client: httpx.Client, opened: str) -> None:
    assert send(client, opened, b"").status_code == 403


def test_a_file_larger_than_the_limit_is_413(client: httpx.Client, opened: str) -> None:
    assert send(client, opened, bytes(1024 * 1024 + 1)).status_code == 413


def test_unknown_files_are_404(client: httpx.Client, opened: str) -> None:
    assert client.get(path_of(opened, "buffer", "none")).status_code == 404


def test_files_of_another_enrollment_are_404(client: httpx.Client, opened: str) -> None:
    buffer_id = send(client, opened).json()["bufferId"]
    other = f"{opened}-other"
    client.post(path_of(other))
    assert client.get(path_of(other, "buffer", buffer_id)).status_code == 404


def test_a_finalized_enrollment_takes_no_files_and_shows_those_it_has(client: httpx.Client, opened: str) -> None:
    buffer_id = send(client, opened).json()["bufferId"]
    assert client.put(path_of(opened, "finalize")).status_code == 204
    assert send(client, opened).status_code == 403
    assert client.get(path_of(opened, "buffer", buffer_id)).content == SCAN


def test_files_go_with_their_enrollment(client: httpx.Client, opened: str) -> None:
    buffer_id = send(client, opened).json()["bufferId"]
    client.delete(path_of(opened))
    client.post(path_of(opened))
    assert client.get(path_of(opened, "buffer", buffer_id)).status_code == 404


def referring(reference: str, **more: str) -> list[BiometricDataBase]:
    return [BiometricDataBase.model_validate({"biometricType": "FACE", "imageRef": reference, **more})]


def read(buffer_id: str) -> KeptBuffer:
    if buffer_id != "b 1":
        raise RecordNotFoundError("there is no such buffer")
    return KeptBuffer(media_type="image/png", sha256="", data=SCAN)


@pytest.mark.parametrize(
    "reference",
    [
        "https://kura.example/osia/enrollment/v1/enrollments/E%2D1/buffer/b%201",
        "http://another.example/v1/enrollments/E-1/buffer/b%201?transactionId=T1",
        "osia:/v1/enrollments/E-1/buffer/b%201",
    ],
)
def test_a_picture_may_be_a_buffer_of_the_same_enrollment(reference: str) -> None:
    (found,) = with_images(referring(reference), "E-1", read)
    assert found.image_ref is None
    assert found.image == base64.b64encode(SCAN).decode()


@pytest.mark.parametrize(
    "reference",
    [
        "https://kura.example/v1/enrollments/E-2/buffer/b%201",
        "https://kura.example/v1/enrollments/E-1/buffer/b2",
        "https://kura.example/v1/enrollments/E-1/buffer/b%201/more",
        "https://kura.example/image?id=/v1/enrollments/E-1/buffer/b%201",
        "file:///etc/passwd",
        "urn:none",
    ],
)
def test_no_other_reference_is_followed(reference: str) -> None:
    with pytest.raises(SampleError, match="names no buffer") as refused:
        with_images(referring(reference), "E-1", read)
    assert refused.value.source == "biometricData[0]"


def test_a_picture_comes_one_way_only() -> None:
    with pytest.raises(SampleError, match="both"):
        with_images(referring("osia:/v1/enrollments/E-1/buffer/b%201", image="AAAA"), "E-1", read)
