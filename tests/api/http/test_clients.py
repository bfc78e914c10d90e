"""The rights of clients, as they are written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.http.clients import Rights, read_clients
from biometrics.errors import ConfigurationError
from biometrics.records import ActorRole

_WHOLE = """
[clients.border]
scopes = ["abis.identify", "abis.verify"]
roles = ["operator", "examiner"]
galleries = ["citizens"]
purposes = ["border_control"]
callbacks = ["https://border.example/kura/"]
one_to_many = true
authorisation = "Decree 2026-114, article 9"
scores = true
creates_galleries = true
per_minute = 120
certificate_sha256 = "{digest}"
reads_images = true

[clients."a b"]
"""


def read(tmp_path: Path, text: str) -> dict[str, Rights]:
    path = tmp_path / "clients.toml"
    path.write_text(text, encoding="utf-8")
    return read_clients(path)


def test_every_right_is_read(tmp_path: Path) -> None:
    clients = read(tmp_path, _WHOLE.format(digest="ab" * 32))
    assert clients["border"] == Rights(
        scopes=frozenset(("abis.identify", "abis.verify")),
        roles=frozenset((ActorRole.OPERATOR, ActorRole.EXAMINER)),
        galleries=frozenset(("citizens",)),
        purposes=frozenset(("border_control",)),
        callbacks=("https://border.example/kura/",),
        one_to_many=True,
        authorisation="Decree 2026-114, article 9",
        scores=True,
        creates_galleries=True,
        per_minute=120,
        certificate_sha256="ab" * 32,
        reads_images=True,
    )
    assert clients["a b"] == Rights()


def test_a_client_has_no_right_by_default() -> None:
    rights = Rights()
    assert not (rights.one_to_many or rights.scores or rights.creates_galleries or rights.reads_images)
    assert not (rights.roles or rights.callbacks)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[clients.a]\nscopez = []", "scopez"),
        ('[clients.a]\nscopes = "x"', "list"),
        ('[clients.a]\nscopes = [""]', "list"),
        ("[clients.a]\none_to_many = 1", "true or false"),
        ("[clients.a]\none_to_many = true", "authorisation"),
        ("[clients.a]\nper_minute = 0", "per_minute"),
        ("[clients.a]\nper_minute = true", "whole number"),
        ('[clients.a]\nroles = ["king"]', "king"),
        ('[clients.a]\ncertificate_sha256 = "AB"', "certificate_sha256"),
        ('[clients.a]\ncallbacks = ["https://border.example/", "border.example"]', "number 2 of callbacks"),
        ('[clients.a]\ncallbacks = ["ftp://border.example/"]', "no http"),
        ("clients = 7", "tables"),
        ("[clients]\na = 7", "table"),
        ("[others]", "others"),
        ("[clients.a", "cannot be read"),
        ('[clients."a\\u0007"]', "name"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as refused:
        read(tmp_path, text)
    assert refused.value.source == str(tmp_path / "clients.toml")


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        read_clients(tmp_path / "clients.toml")
