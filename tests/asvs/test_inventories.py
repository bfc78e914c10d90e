"""The inventories of docs/asvs.md say what the source does: cryptography, connections, logs, classes of data."""

from __future__ import annotations

import ast
import re

import pytest

import registry.store
from registry.sealed import Sealed, SearchText, Token
from registry.tables.base import metadata
from tests.asvs.ledger import PAGE, section
from tests.asvs.source import ROOT, calls, sources, users_of

_CRYPTOGRAPHY = ("cryptography", "joserfc", "hmac", "ssl", "secrets", "pkcs11")
_NETWORK = ("httpx", "http.client", "socket", "smtplib", "ftplib", "urllib.request")


def _listed(title: str) -> set[str]:
    """Return the paths in the first column of a section's table."""
    cells = [line.split("|")[1] for line in section(title).splitlines() if line.startswith("| `")]
    return {path for cell in cells for path in re.findall(r"`([\w/.]+)`", cell)}


def _compare(listed: set[str], used: set[str]) -> None:
    unlisted = {name for name in used if not name.startswith(tuple(listed))}
    assert unlisted == set()
    assert {path for path in listed if not any(name.startswith(path) for name in used)} == set()


def test_every_use_of_cryptography_is_listed() -> None:
    _compare(_listed("Cryptography and keys"), users_of(*_CRYPTOGRAPHY))


def test_every_way_out_is_listed() -> None:
    _compare(_listed("Connections"), users_of(*_NETWORK))


def test_every_line_of_a_log_is_listed() -> None:
    written = {
        call.args[0].value
        for one in sources()
        for name, call in calls(one)
        if name.rpartition(".")[2] in ("debug", "info", "warning", "error", "critical", "exception")
        if ("log" in name.lower() or "?" in name) and call.args and isinstance(call.args[0], ast.Constant)
    }
    listed = set(re.findall(r"`([a-z_.]+)`", section("Logs")))
    assert written == listed


def _classes() -> dict[str, set[str]]:
    lines = [line.split("|") for line in section("Classes of data").splitlines() if line.startswith("| ")]
    return {cells[1].strip(): set(re.findall(r"`(\w+)`", cells[4])) for cells in lines[1:]}


def test_every_table_has_a_class() -> None:
    assert registry.store
    classes = _classes()
    assert list(classes) == ["special", "pseudonymous", "keys", "operational"]
    told = sorted(name for names in classes.values() for name in names)
    assert told == sorted(metadata.tables)


def test_what_is_special_is_sealed_and_the_rest_holds_nothing_sealed() -> None:
    sealed = {
        table.name
        for table in metadata.tables.values()
        if any(isinstance(column.type, Sealed | Token | SearchText) for column in table.columns)
    }
    assert sealed == _classes()["special"]


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("registry.md", ("a precision without a value", "never the operator", "Refused are a merge with")),
        ("operations.md", ("64 headers, 32 KB of headers", "pictures of 30 million pixels", "`server.most_body_mb`")),
        ("operations.md", ("## Images",)),
        ("api.md", ("## Tokens, roles, rights", "## Problems")),
        ("asvs.md", ("### Ways in", "### Sessions and tokens", "at most 24 hours")),
        ("asvs.md", ("within 2 working days", "7 days where it is critical", "### What takes long")),
    ],
)
def test_documents_say_what_the_ledger_says_they_do(page: str, words: tuple[str, ...]) -> None:
    text = " ".join((ROOT / "docs" / page).read_text().split())
    assert [word for word in words if " ".join(word.split()) not in text] == []
    assert PAGE.exists()
