from __future__ import annotations

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.fprint.wire import LONGEST_SIDE, Message, WireError, take_message


def packed(header: object, body: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return struct.pack(">II", len(text), len(body)) + text + body


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_none_or_wrong(received: bytes) -> None:
    try:
        message = take_message(bytearray(received))
    except WireError:
        return
    assert message is None or isinstance(message, Message)


@given(
    st.dictionaries(st.text(max_size=8), st.none() | st.integers() | st.text() | st.lists(st.integers()), max_size=5),
    st.binary(max_size=50),
    st.integers(0, 300),
)
def test_what_was_sent_in_pieces_arrives_whole(fields: dict[str, object], body: bytes, cut: int) -> None:
    header = {**fields, "event": "image", "number": 5}
    sent = packed(header, body) + packed({"event": "next", "number": 6})
    received = bytearray(sent[:cut])
    messages = []
    for piece in (sent[cut:], b"", b""):
        while message := take_message(received):
            messages.append(message)
        received += piece
    assert [(message.event, message.number, message.body) for message in messages] == [
        ("image", 5, body),
        ("next", 6, b""),
    ]
    assert messages[0].fields == {name: value for name, value in fields.items() if name not in ("event", "number")}
    assert not received


@given(st.integers() | st.none() | st.text() | st.booleans(), st.integers(-3, 6), st.binary(max_size=12))
def test_a_size_is_that_of_the_body(height: object, width: int, body: bytes) -> None:
    message = Message(event="image", number=1, fields={"height": height, "width": width}, body=body)
    try:
        rows, columns = message.size
    except WireError:
        return
    assert rows * columns == len(body)
    assert min(rows, columns) >= 1


def test_the_longest_picture_is_taken_and_a_longer_one_refused() -> None:
    body = bytes(LONGEST_SIDE * LONGEST_SIDE)
    received = bytearray(packed({"event": "image", "number": 1, "height": LONGEST_SIDE, "width": LONGEST_SIDE}, body))
    message = take_message(received)
    assert message is not None
    assert message.size == (LONGEST_SIDE, LONGEST_SIDE)
    with pytest.raises(WireError):
        take_message(bytearray(struct.pack(">II", 2, len(body) + 1)))


def test_text_is_fit_to_be_shown() -> None:
    message = Message(event="failed", number=1, fields={"message": "a\x1b[2J\n" + "b" * 999, "code": 5}, body=b"")
    assert message.text("message")[:7] == "a?[2J?b"
    assert (len(message.text("message")), message.text("code"), message.text("none")) == (200, "", "")
