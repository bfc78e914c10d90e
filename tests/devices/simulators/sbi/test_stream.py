"""Live views: JPEG pictures in one endless answer, that say SIMULATED."""

from __future__ import annotations

import io
import re
import socket
import threading
import time
from urllib.parse import urlsplit

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from biometrics.image_writing import is_marked
from devices.simulators.sbi import Presentation, SbiSimulator
from tests.devices.simulators.sbi.client import Client, raw

_PART = re.compile(rb"--kura-simulated\r\nContent-Type: image/jpeg\r\nContent-Length: (\d+)\r\n\r\n")
ASKED = {"deviceId": "simulated-slap", "deviceSubId": "1", "timeout": "1500"}


def _frames(content: bytes) -> list[Image.Image]:
    frames: list[Image.Image] = []
    place = 0
    while match := _PART.match(content, place):
        length = int(match[1])
        jpeg = content[match.end() : match.end() + length]
        frames.append(Image.open(io.BytesIO(jpeg)))
        frames[-1].load()
        place = match.end() + length + 2
        assert content[place - 2 : place] == b"\r\n"
    assert content[place:] == b"--kura-simulated--\r\n"
    return frames


def _ink(frame: Image.Image) -> float:
    pixels: NDArray[np.uint8] = np.asarray(frame)
    return float((pixels[:330] < 128).mean())


def test_fingers_approach_and_stay(client: Client) -> None:
    answer = client.stream()
    assert answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=kura-simulated"
    frames = _frames(answer.content)
    assert len(frames) >= 9
    assert all(is_marked(frame) and frame.mode == "L" for frame in frames)
    inks = [_ink(frame) for frame in frames]
    assert inks[0] < 0.001
    assert inks[-1] > 0.05
    assert any(0.001 < ink < 0.9 * inks[-1] for ink in inks)
    assert inks == sorted(inks)


@pytest.mark.parametrize(("sub_id", "fingers"), [("1", 4), ("2", 4), ("3", 2)])
def test_each_part_of_the_scanner_shows_its_fingers(client: Client, sub_id: str, fingers: int) -> None:
    last = np.asarray(_frames(client.stream(deviceSubId=sub_id).content)[-1])
    columns = (last[60:330] < 128).sum(axis=0) > 8
    gaps = np.flatnonzero(np.diff(np.flatnonzero(columns)) > 12)
    assert len(gaps) + 1 == fingers


def test_a_time_ends_it_as_multipart_ends(client: Client) -> None:
    begun = time.monotonic()
    content = client.stream(timeout="400").content
    assert 0.3 < time.monotonic() - begun < 10
    assert content.endswith(b"--kura-simulated--\r\n")


def test_an_empty_glass_where_nobody_is_there(simulator: SbiSimulator, client: Client) -> None:
    with simulator.presenting("nothing"):
        assert all(_ink(frame) < 0.001 for frame in _frames(client.stream(timeout="500").content))
    with simulator.presenting(Presentation(after_s=3600)):
        assert all(_ink(frame) < 0.001 for frame in _frames(client.stream(timeout="500").content))


def _open(client: Client) -> socket.socket:
    place = urlsplit(client.url)
    connection = socket.create_connection((place.hostname, place.port or 0), timeout=10)
    body = b'{"deviceId": "simulated-slap", "deviceSubId": "1"}'
    connection.sendall(b"STREAM /stream HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    assert connection.recv(100).startswith(b"HTTP/1.1 200")
    return connection


def test_one_stream_at_a_time_and_none_while_it_captures(client: Client) -> None:
    with _open(client):
        while client.stream().headers["content-type"] != "application/json":
            pass  # the first has only just been asked for
        assert client.stream().json()["error"]["errorCode"] == "111"
        assert len(client.capture()) == 4, "a capture may run beside it"
    ends = time.monotonic() + 20
    while client.stream(timeout="100").headers["content-type"] == "application/json":
        assert time.monotonic() < ends, "a client that left keeps no stream"


def test_no_frames_are_added_while_it_captures(simulator: SbiSimulator, client: Client) -> None:
    with _open(client) as stream, simulator.presenting(Presentation(after_s=3600)):
        capturing = threading.Thread(target=lambda: client.capture(timeout="60000"))
        capturing.start()
        with Client(client.url) as other:
            while other.discover()[0]["deviceStatus"] != "Busy":
                time.sleep(0.02)
        stream.settimeout(0.5)
        with pytest.raises(TimeoutError):
            for _ in range(100):  # what was under way may still arrive
                assert stream.recv(65_536)
        simulator.present("as-asked")
        capturing.join(30)
        assert stream.recv(100), "it goes on"


@pytest.mark.parametrize(("fault", "by"), [("length-too-long", 1_000), ("length-too-short", -10)])
def test_parts_announce_wrong_lengths(simulator: SbiSimulator, client: Client, fault: str, by: int) -> None:
    with simulator.fault(fault):
        content = client.stream(timeout="300").content
    match = _PART.match(content)
    assert match is not None
    second = content.index(b"--kura-simulated", match.end())
    assert int(match[1]) == second - 2 - match.end() + by


@pytest.mark.parametrize("fault", ["hangs", "closes", "drops", "garbage", "http-500"])
def test_other_faults_of_the_wire_strike_at_streams(simulator: SbiSimulator, client: Client, fault: str) -> None:
    with simulator.fault(fault):
        answer = raw(client.url, "STREAM", "stream", ASKED, within_s=0.8)
    assert (answer == b"<open>") == (fault == "hangs")
    assert (answer == b"") == (fault == "closes")
    assert answer.startswith(b"HTTP/1.1 500") == (fault == "http-500")
    assert (b"\xff\xd8" in answer and b"multipart" in answer) == (fault == "drops")
