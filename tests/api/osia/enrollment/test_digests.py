from __future__ import annotations

import base64
import hashlib

import pytest

from api.http.problems import Refusal
from api.osia.enrollment.digests import digest_of, require_digest

DATA = b"a scan"


def stated(name: str, algorithm: str, data: bytes = DATA) -> str:
    return f"{name}={base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


RIGHT = stated("SHA-256", "sha256")
OLD = stated("SHA", "sha1")


@pytest.mark.parametrize(
    "header",
    [
        None,
        RIGHT,
        OLD,
        stated("sha-256", "sha256"),
        stated("SHA-512", "sha512"),
        f"{OLD}, {RIGHT}",
        f"MD5=AAAA,{RIGHT}",
        f"unixsum=30637,{OLD}",
    ],
)
def test_a_right_digest_is_taken(header: str | None) -> None:
    require_digest(header, DATA)


@pytest.mark.parametrize(
    "header",
    [
        stated("SHA-256", "sha256", b"another scan"),
        stated("SHA", "sha256"),
        f"{RIGHT},{stated('SHA', 'sha1', b'another scan')}",
        f"{stated('SHA-256', 'sha256', b'another scan')},{RIGHT}",
        f"SHA-256={hashlib.sha256(DATA).hexdigest()}",
        RIGHT.rstrip("="),
        "MD5=AAAA",
        "SHA-256",
        "SHA-256=",
        "=AAAA",
        "",
        f"{RIGHT},",
        "SHA-256=\xe9",
    ],
)
def test_a_wrong_or_unreadable_digest_is_refused(header: str) -> None:
    with pytest.raises(Refusal) as refused:
        require_digest(header, DATA)
    assert (refused.value.status, refused.value.kind.name) == (403, "digest")


def test_the_digest_that_is_answered_is_taken() -> None:
    answered = digest_of(hashlib.sha256(DATA).hexdigest())
    assert answered == RIGHT
    require_digest(answered, DATA)
