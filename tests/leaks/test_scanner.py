"""The scanner finds what it is to find, in whichever form."""

from __future__ import annotations

import base64
import gzip
import json
import secrets
import sqlite3
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.leaks.scanner import find, find_in, forms, windows

NAME = "Xhɛqŋ SIMULATED-7Q"
BLOCK = bytes(range(40, 64))
CANARIES: dict[str, str | bytes] = {"name": NAME, "block": BLOCK}

WRITTEN = {
    "raw": NAME.encode(),
    "UTF-16": NAME.encode("utf-16"),
    "JSON": json.dumps({"a": NAME}).encode(),
    "percent": quote(NAME).encode(),
    "upper": NAME.upper().encode(),
    "hex": BLOCK.hex().encode(),
    "numbers": str(list(BLOCK)).encode(),
    "gzip": b"before" + gzip.compress(b"x" * 999 + NAME.encode()) + b"behind",
    "lines": base64.encodebytes(b"a" * 41 + BLOCK + b"b" * 60),
}


@pytest.mark.parametrize("form", WRITTEN)
def test_every_form_is_found(form: str) -> None:
    assert find_in(b"\x00 something before " + WRITTEN[form] + b" and behind", CANARIES, "here")


@pytest.mark.parametrize("before", range(6))
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_is_found_wherever_it_begins(before: int, encode: type[bytes]) -> None:
    for canary in (NAME.encode(), BLOCK, b"\xff\xfe\xfb\xef\xff\xfe\xfb"):
        assert find_in(encode(b"q" * before + canary + b"zz"), {"one": canary}, "here")


def test_nothing_is_found_where_nothing_is() -> None:
    assert find_in(secrets.token_bytes(1 << 20), CANARIES, "here") == []
    assert find_in(b"Xh q SIMULATED", CANARIES, "here") == []


def test_files_and_their_names_are_looked_at(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (deep / f"{NAME}.txt").write_text("nothing")
    with sqlite3.connect(deep / "kept.db") as database:
        database.execute("CREATE TABLE t (x)")
        database.execute("INSERT INTO t VALUES (?)", [NAME])
    database.close()
    with zipfile.ZipFile(deep / "packed.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("inner", NAME * 9)
    (deep / "clean").write_bytes(bytes(1000))
    places = {leak.place for leak in find(tmp_path, CANARIES)}
    assert places == {f"the name of a/b/{NAME}.txt", "a/b/kept.db", "a/b/packed.zip"}


def test_windows_lie_all_over() -> None:
    data = bytes(range(256)) * 4
    found = windows(data, count=3, length=8)
    assert [data.find(one) >= 0 for one in found] == [True] * 3
    with pytest.raises(ValueError, match="too few"):
        windows(b"short")
    with pytest.raises(ValueError, match="too short"):
        forms("abc")
