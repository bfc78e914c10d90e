"""Answers to captures, made by hand: what is taken, and that nothing changed ever is."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import tracemalloc
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biometrics.errors import (
    CaptureError,
    DeviceBusyError,
    DeviceProtocolError,
    DeviceRefusedError,
    DeviceTrustError,
    NothingPresentedError,
)
from biometrics.image_writing import encode_png
from biometrics.positions import Position
from devices.sbi.answer import Checked, check_answer, reported_failure
from devices.sbi.failures import FAILURES
from devices.sbi.trust import Anchors
from devices.sbi.words import DeviceType
from tests.devices.sbi.making import (
    CHIP,
    DEVICE,
    FIRST_HASH,
    INDEX,
    MIDDLE,
    NOW,
    OTHERS,
    PROVIDER,
    ROOT,
    SOURCE,
    Part,
    answer_of,
    asked,
    checking,
    encoded,
    issue,
    known,
    next_hash,
    record,
    usage,
)

GOOD = answer_of([INDEX, MIDDLE])
OTHER_DEVICE = issue("other device", PROVIDER, usage(signs=True, certifies=False))


def take(tree: Any) -> Checked:
    return check_answer(encoded(tree), checking())


def check_of(*parts: Part) -> str | None:
    with pytest.raises(DeviceTrustError) as error:
        take(answer_of(parts))
    assert error.value.source == SOURCE
    assert error.value.remedy
    return error.value.check


def not_understood(*parts: Part) -> None:
    with pytest.raises(DeviceProtocolError) as error:
        take(answer_of(parts))
    assert error.value.remedy


def changed(part: Part, **said: Any) -> Part:
    return replace(part, said=said)


def test_a_good_answer_is_taken_as_it_is() -> None:
    checked = take(GOOD)
    assert [one.position for one in checked.taken] == [Position.RIGHT_INDEX, Position.RIGHT_MIDDLE]
    assert [int(one.picture.pixels[0, 0]) for one in checked.taken] == [100, 120]
    assert [one.picture.ppi for one in checked.taken] == [500, 500]
    assert [one.quality for one in checked.taken] == [81.5, 81.5]
    assert checked.link == GOOD["biometrics"][1]["hash"]
    assert checked.taken[0].device_time == NOW - timedelta(seconds=1)


@pytest.mark.parametrize(
    "around",
    [
        {"error": None},
        {"error": {"errorCode": 0}},
        {"error": {"errorCode": "0", "errorInfo": None}},
        {"specVersion": ["0.9.5", "1.0.0"]},
        {"whatever": {"more": [1]}},
    ],
)
def test_what_services_do_differently_is_taken(around: Mapping[str, Any]) -> None:
    assert len(take(answer_of([replace(INDEX, around=around)])).taken) == 1


def test_scores_padding_and_case_of_letters_may_differ() -> None:
    padded = url_padded(INDEX.data)
    tree = answer_of([changed(INDEX, qualityScore=70, bioValue=padded)])
    tree["biometrics"][0]["hash"] = tree["biometrics"][0]["hash"].lower()
    assert take(tree).taken[0].quality == 70
    assert take(answer_of([changed(INDEX, qualityScore=None)])).taken[0].quality is None
    assert take(answer_of([changed(INDEX, timestamp="2026-06-01T13:59:59.123+02:00")])).taken


def url_padded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def test_a_hash_over_text_is_taken() -> None:
    joined = FIRST_HASH + hashlib.sha256(INDEX.data).hexdigest().upper()
    text = hashlib.sha256(joined.encode()).hexdigest().upper()
    assert take(answer_of([replace(INDEX, around={"hash": text})])).link == text


def test_l0_devices_sign_their_identity_themselves() -> None:
    own = replace(INDEX, id_signer=DEVICE)
    tree = answer_of([own])
    # the identity comes with its own certificate alone, so what lies between must be trusted
    anchors = Anchors([ROOT.certificate, PROVIDER.certificate])
    by = replace(checking(device=known("L0")), anchors=anchors)
    assert check_answer(encoded(tree), by).taken
    with pytest.raises(DeviceTrustError) as error:
        check_answer(encoded(answer_of([INDEX])), by)
    assert error.value.check == "digital-id"


def test_who_signed_must_be_who_was_asked() -> None:
    assert check_of(replace(INDEX, signer=OTHER_DEVICE)) == "device"
    assert check_of(replace(INDEX, digital_id={"serialNo": "SERIAL000002"})) == "device"
    assert check_of(replace(INDEX, digital_id={"make": "Other"})) == "device"
    assert check_of(changed(INDEX, deviceCode="SERIAL000002")) == "device"
    foreign = issue("chip", issue("root", None), usage(signs=True, certifies=False))
    assert check_of(replace(INDEX, id_signer=foreign)) == "chain"
    assert check_of(replace(INDEX, signer=CHIP)) == "device"


def test_it_must_answer_this_request() -> None:
    assert check_of(changed(INDEX, transactionId="11111111-2222-3333-4444-555555555556")) == "transaction"
    assert check_of(changed(INDEX, env="Production")) == "environment"
    assert check_of(changed(INDEX, purpose="Auth")) == "purpose"
    assert check_of(changed(INDEX, bioType="Face")) == "fingers"
    assert check_of(replace(INDEX, name="Left Thumb")) == "fingers"
    assert check_of(replace(INDEX, name="Right RingFinger")) == "fingers"
    assert check_of(replace(INDEX, name="UNKNOWN")) == "fingers"
    assert check_of(replace(INDEX, name="Right indexfinger")) == "fingers"
    assert check_of(INDEX, replace(INDEX, data=record(Position.RIGHT_INDEX, 101))) == "fingers"


def test_it_must_be_made_now() -> None:
    assert check_of(changed(INDEX, timestamp="2026-06-01T11:54:57Z")) == "time"
    assert check_of(changed(INDEX, timestamp="2026-06-01T12:05:01Z")) == "time"
    assert take(answer_of([changed(INDEX, timestamp="2026-06-01T11:55:00Z")])).taken
    assert take(answer_of([changed(INDEX, timestamp="2026-06-01T12:05:00Z")])).taken
    for text in ("2026-06-01T12:00:00", "yesterday", "", "9999-12-31T23:59:59-12:00", "2026-13-01T00:00:00Z", 7, None):
        not_understood(changed(INDEX, timestamp=text))


def test_the_record_must_be_of_the_finger_it_is_said_to_be() -> None:
    assert check_of(replace(INDEX, data=record(Position.RIGHT_MIDDLE))) == "position"
    assert take(answer_of([replace(INDEX, data=record())])).taken[0].position is Position.RIGHT_INDEX


def test_a_scanner_that_does_not_know_fingers_takes_the_one_asked_for() -> None:
    by = checking(asked((Position.LEFT_THUMB,), ()))
    unknown = replace(INDEX, name="UNKNOWN", data=record())
    assert check_answer(encoded(answer_of([unknown])), by).taken[0].position is Position.LEFT_THUMB
    with pytest.raises(DeviceTrustError):
        check_answer(encoded(answer_of([replace(unknown, data=record(Position.RIGHT_THUMB))])), by)
    with pytest.raises(DeviceTrustError):
        check_answer(encoded(answer_of([unknown])), checking(asked((Position.RIGHT_INDEX,), OTHERS)))


def test_the_chain_must_hold_in_the_order_of_the_answer() -> None:
    for digest in ("0" * 64, next_hash("0" * 64, INDEX.data), FIRST_HASH, "x" * 64, "", GOOD["biometrics"][1]["hash"]):
        tree = copy.deepcopy(GOOD)
        tree["biometrics"][0]["hash"] = digest
        with pytest.raises(DeviceTrustError) as error:
            take(tree)
        assert error.value.check == "hash-chain"
    tree = copy.deepcopy(GOOD)
    tree["biometrics"].reverse()
    with pytest.raises(DeviceTrustError):
        take(tree)
    tree = copy.deepcopy(GOOD)
    del tree["biometrics"][0]
    with pytest.raises(DeviceTrustError):
        take(tree)


def test_no_more_is_made_of_a_text_than_an_answer_holds() -> None:
    body = b'{"biometrics": [' + b"{}," * 2_000_000 + b"{}]}"
    tracemalloc.start()
    try:
        with pytest.raises(DeviceProtocolError):
            check_answer(body, checking())
        assert tracemalloc.get_traced_memory()[1] < 2 * len(body)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("simulated", [True, False])
def test_a_mark_in_the_picture_of_a_record_makes_it_nobodys(simulated: bool) -> None:
    picture = encode_png(np.full((40, 30), 128, np.uint8), simulated=simulated)
    (one,) = take(answer_of([replace(INDEX, data=record(png=picture))])).taken
    assert one.picture.simulated is simulated


@pytest.mark.parametrize("data", [b"", b"x", b"FIR\x00", record()[:-1], record(ppi=50)])
def test_records_that_cannot_be_used(data: bytes) -> None:
    not_understood(replace(INDEX, data=data))


@pytest.mark.parametrize(
    "said",
    [
        {"bioValue": "+/+/"},
        {"bioValue": "A"},
        {"bioValue": 7},
        {"bioValue": None},
        {"qualityScore": "140"},
        {"qualityScore": -1},
        {"qualityScore": "nan"},
        {"qualityScore": [1]},
        {"transactionId": None},
        {"digitalId": None},
        {"digitalId": "x"},
        {"bioType": None},
    ],
)
def test_parts_that_cannot_be_understood(said: Mapping[str, Any]) -> None:
    with pytest.raises((DeviceProtocolError, DeviceTrustError)):
        take(answer_of([changed(INDEX, **said)]))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"biometrics": []}',
        b'{"biometrics": [1]}',
        b'{"biometrics": {"a": 1}}',
        b'{"biometrics": [{"error": {"errorCode": "0"}, "specVersion": "0.9.5", "data": "", "hash": ""}]}',
        b'{"biometrics": [{"error": {"errorCode": [1]}}]}',
        b'{"biometrics": [], "biometrics": []}',
        b'{"biometrics": NaN}',
        b'{"biometrics": ' + b"9" * 5000 + b"}",
        b'{"biometrics": 1e400}',
        b"[" * 200_000,
        b'{"biometrics": [' + b"[]," * 20_000 + b"1]}",
        b'{"biometrics": "\xff"}',
        "{}".encode("utf-16"),
    ],
)
def test_bodies_that_cannot_be_understood(body: bytes) -> None:
    with pytest.raises(DeviceProtocolError):
        check_answer(body, checking())


def test_another_version_is_not_understood() -> None:
    for version in ("1.0.0", "0.9.5.1", "", None, ["1.0.0", "0.9.5"], []):
        not_understood(replace(INDEX, around={"specVersion": version}))


def failing(code: object, info: object = "told") -> dict[str, Any]:
    return {"specVersion": "", "data": "", "hash": "", "error": {"errorCode": code, "errorInfo": info}}


@pytest.mark.parametrize("code", FAILURES)
def test_every_code_is_its_error_however_it_is_written(code: str) -> None:
    for written in (code, int(code), f" {code} "):
        with pytest.raises(FAILURES[code].kind) as error:
            take({"biometrics": [failing(written)]})
        assert error.value.source == SOURCE
        assert error.value.remedy
        failure = reported_failure(encoded({"error": {"errorCode": written}}), SOURCE)
        assert type(failure) is FAILURES[code].kind
        assert type(reported_failure(encoded({"errorCode": written}), SOURCE)) is FAILURES[code].kind
        assert type(reported_failure(encoded([failing(written)]), SOURCE)) is FAILURES[code].kind


def test_codes_of_the_provider_are_shown_in_its_words() -> None:
    with pytest.raises(DeviceRefusedError, match="code 542: lens dirty") as refused:
        take({"biometrics": [failing("542", "lens\ndirty" + "x" * 500)]})
    assert refused.value.code == "542"
    assert len(str(refused.value)) < 400


def test_a_finger_that_was_not_seen_leaves_the_others() -> None:
    tree = copy.deepcopy(GOOD)
    tree["biometrics"].insert(1, failing("101"))
    assert len(take(tree).taken) == 2


@pytest.mark.parametrize(("code", "kind"), [("103", DeviceTrustError), ("111", DeviceBusyError), ("599", CaptureError)])
def test_a_failure_of_the_device_takes_the_others_along(code: str, kind: type[CaptureError]) -> None:
    tree = copy.deepcopy(GOOD)
    tree["biometrics"].append(failing(code))
    with pytest.raises(kind):
        take(tree)


def test_nothing_seen_at_all_is_nothing_presented() -> None:
    with pytest.raises(NothingPresentedError):
        take({"biometrics": [failing("101"), failing("101")]})


def test_a_face_has_no_subtype() -> None:
    by = checking(asked((Position.FACE,), (), DeviceType.FACE))
    for name in (None, "", "Left Thumb"):
        with pytest.raises(CaptureError):
            check_answer(encoded(answer_of([replace(INDEX, name=name, said={"bioType": "Face"})])), by)


def same(one: Checked, other: Checked) -> bool:
    return one.link == other.link and [(a.position, a.record, a.quality, a.device_time) for a in one.taken] == [
        (b.position, b.record, b.quality, b.device_time) for b in other.taken
    ]


TAKEN = take(GOOD)
OTHER = answer_of([replace(INDEX, data=record(Position.RIGHT_INDEX, 7)), replace(MIDDLE, data=record(grey=8))])


def refused_or_same(tree_or_body: Any) -> None:
    body = tree_or_body if isinstance(tree_or_body, bytes) else encoded(tree_or_body)
    try:
        checked = check_answer(body, checking())
    except CaptureError:
        return
    assert same(checked, TAKEN)


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, len(encoded(GOOD)) - 1), bit=st.integers(0, 7))
def test_no_flipped_bit_is_taken_for_something_else(place: int, bit: int) -> None:
    body = bytearray(encoded(GOOD))
    body[place] ^= 1 << bit
    refused_or_same(bytes(body))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_part_left_out_or_taken_from_another_answer_is_taken(data: st.DataObject) -> None:
    tree = copy.deepcopy(GOOD)
    index = data.draw(st.integers(0, 1))
    name = data.draw(st.sampled_from(["specVersion", "data", "hash", "error"]))
    if data.draw(st.booleans()):
        del tree["biometrics"][index][name]
    else:
        tree["biometrics"][index][name] = OTHER["biometrics"][data.draw(st.integers(0, 1))][name]
    refused_or_same(tree)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_piece_of_a_signature_can_be_exchanged(data: st.DataObject) -> None:
    tree = copy.deepcopy(GOOD)
    pieces = tree["biometrics"][0]["data"].split(".")
    other = OTHER["biometrics"][data.draw(st.integers(0, 1))]["data"].split(".")
    index = data.draw(st.integers(0, 2))
    pieces[index] = other[data.draw(st.integers(0, 2))]
    tree["biometrics"][0]["data"] = ".".join(pieces)
    refused_or_same(tree)


@settings(max_examples=100, deadline=None)
@given(
    name=st.sampled_from(sorted(INDEX.payload())),
    value=st.one_of(
        st.none(), st.text(max_size=20), st.integers(), st.floats(allow_nan=False), st.booleans(),
        st.lists(st.text(max_size=3), max_size=2), st.dictionaries(st.text(max_size=3), st.text(), max_size=2),
    ),
)  # fmt: skip
def test_whatever_a_device_signs_is_taken_as_such_or_refused(name: str, value: Any) -> None:
    tree = answer_of([changed(INDEX, **{name: value})])
    try:
        check_answer(json.dumps(tree).encode(), checking())
    except CaptureError as error:
        assert error.remedy
        assert error.source == SOURCE
    else:
        assert name in (
            "deviceServiceVersion",
            "requestedScore",
            "qualityScore",
            "deviceCode",
            "bioSubType",
            "timestamp",
        )
