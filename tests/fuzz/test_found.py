"""Inputs that once broke a parser; each was found by a campaign, and mended."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from api.http.problems import Refusal
from api.http.tokens import _time
from api.osia.enrollment.models import _unambiguous
from api.settings import read_settings
from biometrics.errors import ConfigurationError, ImageFormatError, PersonDataError, StorageError, TemplateError
from biometrics.images import decode_image
from biometrics.template_codec import decode_template
from biometrics.templates import FaceEmbedding
from enrollment.deduplication.documents import read_document
from enrollment.deduplication.journal import read_journal
from enrollment.deduplication.turn import RunningNote
from registry.transfer.fields import read_number
from tests.fuzz.catalogue import TARGETS
from tests.fuzz.judging import judge

HUGE = int("9" * 400)
DEEP = b"[" * 20_000 + b"]" * 20_000


def test_a_palette_picture_without_its_palette() -> None:
    file = io.BytesIO()
    Image.new("P", (4, 3)).save(file, "PNG")
    data = file.getvalue()
    at = data.index(b"PLTE") - 4
    (length,) = struct.unpack_from(">I", data, at)
    with pytest.raises(ImageFormatError, match="damaged"):
        decode_image(data[:at] + data[at + 12 + length :])


def test_a_template_that_nests_without_end() -> None:
    head = b'{"algorithm":' + DEEP + b"}"
    record = b"KURT\x01" + struct.pack("<I", len(head)) + head
    with pytest.raises(TemplateError):
        decode_template(record + struct.pack("<I", zlib.crc32(record)))


def test_a_vector_whose_norm_is_beyond_32_bits() -> None:
    vector = np.full(8, 3e38, dtype=np.float32)
    with pytest.raises(TemplateError, match="unit"):
        FaceEmbedding(vector=vector, raw_norm=1.0)


def test_files_of_a_run_that_nest_without_end(tmp_path: Path) -> None:
    note = tmp_path / "note.json"
    note.write_bytes(b'{"content":' + DEEP + b',"sha256":""}')
    with pytest.raises(StorageError):
        read_document(note, RunningNote)
    payload = b'{"record":' + DEEP + b',"pairs":[]}'
    journal = tmp_path / "journal"
    journal.write_bytes(b"%08x %08x %s\n" % (len(payload), zlib.crc32(payload, zlib.crc32(b"run")), payload))
    with pytest.raises(StorageError):
        read_journal(journal, "run")


def test_a_token_beyond_ascii() -> None:
    target = TARGETS["token"]
    good = target.seeds()[0]
    assert judge(target, good[:40] + b"\xff" + good[41:]) is None


@pytest.mark.parametrize("name", [name for name, target in TARGETS.items() if target.is_json])
def test_json_that_nests_without_end(name: str) -> None:
    for data in (DEEP, json.dumps({"a": 1}).encode()[:-1] + b',"b":' + DEEP + b"}"):
        found = judge(TARGETS[name], TARGETS[name].repaired(data))
        assert found is None, found.what


def test_whole_numbers_of_hundreds_of_digits(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(f"[policy]\nreview_fpir = {HUGE}\n")
    with pytest.raises(ConfigurationError, match="review_fpir"):
        read_settings(tmp_path)
    done = {"begin": 0, "end": 2, "compared": 7, "not_comparable": 1, "seconds": HUGE}
    payload = json.dumps({"record": {"TilesDone": done}, "pairs": []}).encode()
    journal = tmp_path / "journal"
    journal.write_bytes(b"%08x %08x %s\n" % (len(payload), zlib.crc32(payload, zlib.crc32(b"run")), payload))
    with pytest.raises(StorageError):
        read_journal(journal, "run")
    with pytest.raises(PersonDataError, match="too large"):
        read_number(HUGE, what="a score")
    assert _unambiguous(value=0.5) == 0.5
    with pytest.raises(ValueError, match="two of the allowed types"):
        _unambiguous(value=HUGE)
    with pytest.raises(Refusal, match="claim exp"):
        _time({"exp": HUGE}, "exp")
