from __future__ import annotations

import struct
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from biometrics.errors import CaptureError, ImageFormatError
from biometrics.pictures import decode_picture
from biometrics.positions import Position
from devices.calls import Call
from devices.cameras.mjpeg import driver
from devices.choices import DeviceChoices
from devices.contract import CaptureRequest
from devices.simulators.camera_pictures import CameraPictures, draw_test_card
from devices.simulators.camera_server import Place
from devices.simulators.mjpeg import MjpegSimulator
from devices.simulators.rtsp_packets import JpegScan, Packets
from devices.uris import DeviceUri
from tests.devices.cameras.pictures import number_of, write_clip, write_folder


def test_the_test_card_moves_and_is_marked() -> None:
    one, two = islice(CameraPictures(size=(160, 120)).jpegs(), 2)
    assert one != two
    assert decode_picture(one).simulated
    lettering = draw_test_card(0, 640, 360)[110:130, 200:440]
    assert (lettering == 0).any(), "SIMULATED stands in black across it"


def test_a_folder_shows_one_picture_after_the_other(tmp_path: Path) -> None:
    pictures = CameraPictures(write_folder(tmp_path, 3), fps=2.0)
    shown = [number_of(decode_picture(jpeg).pixels) for jpeg in islice(pictures.jpegs(), 8)]
    assert shown == [1, 1, 2, 2, 3, 3, 1, 1]


def test_a_video_is_shown_at_its_rate_again_and_again(tmp_path: Path) -> None:
    pictures = CameraPictures(write_clip(tmp_path / "clip.avi", 3, fps=12.0))
    assert pictures.fps == 12.0
    shown = [number_of(decode_picture(jpeg).pixels) for jpeg in islice(pictures.jpegs(), 5)]
    assert shown == [1, 2, 3, 1, 2]


def test_what_cannot_be_shown_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "1.png").write_bytes(b"garbage")
    for source in ("nowhere.avi", "empty"):
        with pytest.raises(CaptureError):
            CameraPictures(tmp_path / source)
    with pytest.raises(ImageFormatError):
        CameraPictures(tmp_path / "broken")


def test_it_serves_this_machine_alone_unless_told_otherwise() -> None:
    with MjpegSimulator(CameraPictures(size=(64, 48))) as camera:
        assert camera.uri == f"mjpeg:http://127.0.0.1:{camera.port}/video"
        with pytest.raises(CaptureError, match="cannot listen"):
            MjpegSimulator(place=Place(port=camera.port))


def test_several_watch_at_once_and_one_too_many_is_turned_away() -> None:
    request = CaptureRequest(positions=(Position.FACE,))
    with MjpegSimulator(CameraPictures(size=(64, 48))) as camera, ExitStack() as viewers:
        uri = DeviceUri.parse(camera.uri)
        for _ in range(16):
            device = driver(DeviceChoices()).open(uri, Call(uri.shown, 20.0))
            viewers.enter_context(closing(device))
        assert device.capture(request, Call(uri.shown, 20.0)).samples
        with pytest.raises(CaptureError):
            driver(DeviceChoices()).open(uri, Call(uri.shown, 20.0))


def test_packets_carry_the_whole_scan_in_order_and_the_last_one_says_so() -> None:
    (jpeg,) = islice(CameraPictures(size=(320, 240), for_rtp=True).jpegs(), 1)
    scan = JpegScan.of(jpeg)
    assert (scan.width, scan.height, scan.kind, len(scan.tables)) == (320, 240, 1, 128)
    packets = list(Packets(7).of(scan, 90_000))
    headers = [struct.unpack_from(">BBHII", packet) for packet in packets]
    assert [header[2] for header in headers] == list(range(1, len(packets) + 1))
    assert {(header[0], header[3], header[4]) for header in headers} == {(0x80, 90_000, 7)}
    assert [header[1] >> 7 for header in headers] == [0] * (len(packets) - 1) + [1]
    data = b"".join(packet[20:] if place else packet[20 + 4 + 128 :] for place, packet in enumerate(packets))
    assert data == scan.data
    offsets = [struct.unpack_from(">I", packet, 12)[0] for packet in packets]
    assert np.diff(offsets).tolist() == [1_400] * (len(packets) - 1)


def test_pictures_for_rtp_have_sides_that_it_allows(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", 1, width=2_500, height=1_000)
    (jpeg,) = islice(CameraPictures(clip, for_rtp=True).jpegs(), 1)
    scan = JpegScan.of(jpeg)
    assert scan.width <= 2_040
    assert (scan.width % 16, scan.height % 16) == (0, 0)
