"""CBEFF files: what real ones look like, what is written, and what is refused before it can do harm."""

from __future__ import annotations

import base64
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import ImageFormatError
from biometrics.image_writing import SIMULATED_KEYWORD
from biometrics.interchange import cbeff_reading
from biometrics.interchange.cbeff import NAMESPACE, CbeffRecord
from biometrics.interchange.cbeff_base64 import decode_base64
from biometrics.interchange.cbeff_reading import read_cbeff
from biometrics.interchange.cbeff_writing import write_cbeff
from biometrics.positions import Position

DATA = bytes(range(200, 256)) + b"\xff\xfe\xfb\xef"
"""Base64 of these uses both letters by which the alphabets differ."""

LIKE_REAL_FILES = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<BIR xmlns="{NAMESPACE}">
  <BIRInfo><Integrity>false</Integrity></BIRInfo>
  <BIR>
    <Version><Major>1</Major><Minor>1</Minor></Version>
    <CBEFFVersion><Major>1</Major><Minor>1</Minor></CBEFFVersion>
    <ns2:TestFinger xmlns:ns2="testschema">Duplicate</ns2:TestFinger>
    <BDB>{base64.urlsafe_b64encode(DATA).decode().rstrip("=")}</BDB>
    <BIRInfo><Integrity>false</Integrity></BIRInfo>
    <BDBInfo>
      <Index>11d5c6dc-1bc2-4eda-a7bf-4a3639b29e01</Index>
      <Quality><Score>NaN</Score><Algorithm><Organization>HMAC</Organization><Type>SHA-256</Type></Algorithm></Quality>
      <Format><Organization>Mosip</Organization><Type>7</Type></Format>
      <CreationDate>2021-08-11T10:32:48.124194800Z</CreationDate>
      <Type>Finger</Type><Subtype>Left IndexFinger</Subtype><Level>Raw</Level><Purpose>Enroll</Purpose>
    </BDBInfo>
    <SB>bm90IGJhc2U2NCA=</SB>
    <Others><Key>EXCEPTION</Key><Value>false</Value></Others>
    <others><Key>RETRIES</Key><Value>1</Value></others>
  </BIR>
  <BIR>
    <BDBInfo>
      <Format><Organization>257</Organization><Type>8</Type></Format>
      <Type>Face</Type><Subtype/><Quality><Score>80.6</Score></Quality>
    </BDBInfo>
    <BDB>
      {base64.encodebytes(DATA).decode()}
    </BDB>
  </BIR>
  <BIR><BDBInfo><Type>Finger</Type><Subtype>UNKNOWN</Subtype></BDBInfo><BDB/></BIR>
  <BIR><BDBInfo><Type>Iris</Type><Subtype>Left</Subtype></BDBInfo><BDB>AAAA</BDB></BIR>
</BIR>
"""


def _read(text: str | bytes) -> list[CbeffRecord]:
    return list(read_cbeff(io.BytesIO(text if isinstance(text, bytes) else text.encode())))


def test_files_that_break_the_schema_are_read() -> None:
    finger, face, exception, iris = _read(LIKE_REAL_FILES)

    assert (finger.position, finger.data, finger.quality) == (Position.LEFT_INDEX, DATA, None)
    assert (finger.format_owner, finger.format_type, finger.level) == ("Mosip", 7, "Raw")
    assert finger.captured_at == datetime(2021, 8, 11, 10, 32, 48, 124194, tzinfo=UTC)
    assert finger.others == {"EXCEPTION": "false", "RETRIES": "1"}
    assert finger.notes == (
        "an element of another namespace is left out",
        "the data block is in the URL-safe alphabet",
        "the quality is not a number from 0 to 100",
    )
    assert (face.position, face.data, face.quality, face.notes) == (Position.FACE, DATA, 81, ())
    assert (exception.position, exception.data) == (Position.UNKNOWN, b"")
    assert exception.notes == ("the subtype names no single finger; taken for unknown",)
    assert iris.position is None


def test_one_record_alone_and_without_a_namespace_is_read() -> None:
    (record,) = _read("<bir><bdbinfo><format><type>8</type></format></bdbinfo><bdb>AAAA</bdb></bir>")

    assert (record.position, record.data) == (Position.FACE, b"\x00\x00\x00")


# Not built by the strategy: checking the type of a mapping draws at random, which strategies must not.
RECORDS = st.fixed_dictionaries(
    {
        "position": st.sampled_from(Position),
        "data": st.binary(max_size=200),
        "format_owner": st.just("<257> & co"),
        "format_type": st.integers(0, 999_999),
        "level": st.none() | st.sampled_from(["Raw", "Intermediate", "Processed"]),
        "quality": st.none() | st.integers(0, 100),
        "captured_at": st.none() | st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(UTC)),
        "simulated": st.booleans(),
    }
)


@given(st.lists(RECORDS, max_size=4))
def test_what_is_written_is_read_again(drawn: list[dict[str, Any]]) -> None:
    records = [CbeffRecord(**fields) for fields in drawn]

    again = _read(b"".join(write_cbeff(records)))

    if not records:
        assert [one.data for one in again] == [b""]  # the outer record holds no other
        return
    assert [_fields(one) for one in again] == [_fields(one) for one in records]
    unlabelled = ("the subtype names no single finger; taken for unknown",)
    assert all(one.notes == (unlabelled if one.position is Position.UNKNOWN else ()) for one in again)


def _fields(record: CbeffRecord) -> tuple[object, ...]:
    return (
        record.position,
        record.data,
        record.format_owner,
        record.format_type,
        record.level,
        record.quality,
        record.captured_at,
        record.simulated,
    )


def test_elements_are_written_in_the_order_and_the_words_of_the_schema() -> None:
    record = CbeffRecord(
        position=Position.RIGHT_LITTLE,
        data=b"\x00\x01\x02",
        format_owner="257",
        format_type=7,
        level="Raw",
        quality=61,
        captured_at=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
        simulated=True,
    )

    assert b"".join(write_cbeff([record])).decode() == (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<BIR xmlns="{NAMESPACE}">\n'
        "<BIRInfo><Integrity>false</Integrity></BIRInfo>\n"
        "<BIR><Version><Major>1</Major><Minor>1</Minor></Version>"
        "<CBEFFVersion><Major>1</Major><Minor>1</Minor></CBEFFVersion>"
        f"<BIRInfo><Creator>{SIMULATED_KEYWORD}</Creator><Integrity>false</Integrity></BIRInfo>"
        "<BDBInfo><Format><Organization>257</Organization><Type>7</Type></Format>"
        "<CreationDate>2026-03-04T05:06:07Z</CreationDate>"
        "<Type>Finger</Type><Subtype>Right LittleFinger</Subtype><Level>Raw</Level><Purpose>Enroll</Purpose>"
        "<Quality><Algorithm><Organization>Kura</Organization><Type>quality</Type></Algorithm>"
        "<Score>61</Score></Quality></BDBInfo>"
        "<BDB>AAEC</BDB></BIR>\n</BIR>\n"
    )


def test_what_the_schema_has_no_word_for_is_refused() -> None:
    with pytest.raises(ImageFormatError):
        list(write_cbeff([CbeffRecord(position=None, data=b"x")]))
    with pytest.raises(ImageFormatError):
        list(write_cbeff([CbeffRecord(position=Position.FACE, data=b"x", level="raw")]))


@pytest.mark.parametrize("text", ["A", "AAAA=A", "AA+-", "AA!A", "AA\xa0A", "AAAA===", "AAA\u0661"])
def test_text_that_is_not_base64_is_refused_not_shortened(text: str) -> None:
    with pytest.raises(ImageFormatError):
        decode_base64(text)


@given(st.binary(max_size=60), st.booleans(), st.booleans())
def test_both_alphabets_decode_to_the_same(data: bytes, url_safe: bool, padded: bool) -> None:
    text = (base64.urlsafe_b64encode if url_safe else base64.b64encode)(data).decode()

    decoded, noticed = decode_base64(text if padded else text.rstrip("="))

    assert decoded == data
    assert noticed == (url_safe and ("-" in text or "_" in text))


HOSTILE = {
    "external entity": '<!DOCTYPE BIR [<!ENTITY x SYSTEM "file:///etc/hostname">]><BIR><BDB>&x;</BDB></BIR>',
    "document type": '<!DOCTYPE BIR SYSTEM "http://localhost/x.dtd"><BIR/>',
    "multiplying entities": '<!DOCTYPE BIR [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><BIR><BDB>&b;</BDB></BIR>',
    "undeclared entity": "<BIR><BDB>&x;</BDB></BIR>",
    "depth": "<BIR>" * 40 + "</BIR>" * 40,
    "another format": "<html/>",
    "nothing": "",
    "cut": LIKE_REAL_FILES[:1000],
    "two roots": "<BIR/><BIR/>",
    "elements": "<BIR>" + "<a/>" * 60_000 + "</BIR>",
    "long word": f"<BIR><BDBInfo><Type>{'x' * 10_001}</Type></BDBInfo></BIR>",
    "unknown encoding": '<?xml version="1.0" encoding="klingon"?><BIR/>',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_are_refused(text: str) -> None:
    with pytest.raises(ImageFormatError) as refused:
        _read(text)
    assert refused.value.remedy


@pytest.mark.parametrize("head", ["<BIR><!--", '<BIR a="', "<BIR><?x "])
def test_an_endless_tag_or_comment_is_refused_early(head: str) -> None:
    stream = _Endless(head.encode())

    with pytest.raises(ImageFormatError, match="tag or comment"):
        list(read_cbeff(stream))
    assert stream.given < 8 << 20


class _Endless:
    """A file that goes on with the same letter for ever."""

    def __init__(self, head: bytes) -> None:
        self._head = head
        self.given = 0

    def read(self, size: int) -> bytes:
        piece = self._head + b"x" * (size - len(self._head))
        self._head = b""
        self.given += len(piece)
        return piece


def test_files_and_blocks_beyond_the_limits_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cbeff_reading, "MOST_BLOCK_CHARACTERS", 1000)
    with pytest.raises(ImageFormatError, match="1000 characters"):
        _read(f"<BIR><BDB>{'A' * 1004}</BDB></BIR>")
    monkeypatch.setattr(cbeff_reading, "MOST_FILE_BYTES", 1000)
    with pytest.raises(ImageFormatError, match="CBEFF file has more"):
        _read(f"<BIR><SB>{'A' * 900}</SB><BDB>{'A' * 900}</BDB></BIR>")


@given(st.data())
def test_a_damaged_file_is_read_or_ends_in_a_typed_error(data: st.DataObject) -> None:
    damaged = bytearray(LIKE_REAL_FILES.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))

    try:
        _read(bytes(damaged))
    except ImageFormatError as error:
        assert error.remedy


def test_records_come_before_the_file_ends() -> None:
    whole = b"".join(write_cbeff([CbeffRecord(position=Position.FACE, data=bytes(200_000))] * 3))
    cut = io.BytesIO(whole[: 2 * len(whole) // 3 + 1000])
    records = read_cbeff(cut)

    assert len(next(records).data) == 200_000
    with pytest.raises(ImageFormatError, match="not well-formed"):
        list(records)
