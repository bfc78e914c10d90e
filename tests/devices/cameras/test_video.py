from __future__ import annotations

import os
import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from biometrics.errors import (
    CaptureError,
    DeviceLostError,
    DeviceNotFoundError,
    DeviceProtocolError,
    NothingPresentedError,
)
from biometrics.positions import Position
from devices.calls import Call
from devices.cameras.video import driver
from devices.choices import DeviceChoices
from devices.contract import CaptureRequest, Device, Frame, FrameJudgement
from devices.uris import DeviceUri
from tests.devices.cameras.pictures import levels, number_of, write_clip, write_folder, write_y4m

FACE = CaptureRequest(positions=(Position.FACE,))
CALL_S = 20.0


def open_video(uri: str) -> closing[Device]:
    return closing(driver(DeviceChoices()).open(DeviceUri.parse(uri), Call(uri, CALL_S)))


def shown(device: Device) -> list[int]:
    return [number_of(frame.pixels) for frame in device.stream(Call("video:", CALL_S))]


def test_a_clip_plays_at_its_own_rate(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", 8, fps=10.0)
    with open_video(f"video:{clip}") as device:
        assert dict(device.info.details) == {"size": "64 x 48", "fps": "10", "codec": "MJPG"}
        begun = time.monotonic()
        numbers = shown(device)
        assert time.monotonic() - begun >= 0.7
    assert numbers[0] == 1
    assert numbers == sorted(set(numbers))


def test_it_stands_still_between_two_captures_and_is_simulated(tmp_path: Path) -> None:
    with open_video(f"video:{write_clip(tmp_path / 'clip.avi', 3, fps=50.0)}") as device:
        for number in (1, 2, 3):
            sample = device.capture(FACE, Call("video:", CALL_S)).samples[0].sample
            assert (number_of(sample.pixels), sample.simulated) == (number, True)
        with pytest.raises(DeviceLostError, match="over") as failure:
            device.capture(FACE, Call("video:", CALL_S))
        assert "loop=1" in str(failure.value.remedy)


def test_the_end_is_the_end_of_the_time(tmp_path: Path) -> None:
    def nothing(frame: Frame) -> FrameJudgement:
        return FrameJudgement(score=None)

    def darker(frame: Frame) -> FrameJudgement:
        return FrameJudgement(score=-float(frame.pixels.mean()))

    clip = write_clip(tmp_path / "clip.avi", 4, fps=50.0)
    with open_video(f"video:{clip}") as device:
        request = CaptureRequest(positions=(Position.FACE,), judge=darker, timeout_s=60.0)
        got = device.capture(request, Call("video:", 60.0))
        assert number_of(got.samples[0].sample.pixels) == 1
    with open_video(f"video:{clip}") as device, pytest.raises(NothingPresentedError):
        request = CaptureRequest(positions=(Position.FACE,), judge=nothing)
        device.capture(request, Call("video:", 60.0))


def test_a_loop_starts_over(tmp_path: Path) -> None:
    with open_video(f"video:{write_clip(tmp_path / 'clip.avi', 3, fps=50.0)}?loop=1") as device:
        taken = [device.capture(FACE, Call("video:", CALL_S)).samples[0].sample.pixels for _ in range(7)]
    assert [number_of(pixels) for pixels in taken] == [1, 2, 3, 1, 2, 3, 1]


def test_a_slow_judge_misses_frames(tmp_path: Path) -> None:
    seen: list[int] = []

    def slow(frame: Frame) -> FrameJudgement:
        threading.Event().wait(0.2)
        seen.append(number_of(frame.pixels))
        return FrameJudgement(score=1.0, take=len(seen) == 3)

    with open_video(f"video:{write_clip(tmp_path / 'clip.avi', 25, fps=25.0)}") as device:
        device.capture(CaptureRequest(positions=(Position.FACE,), judge=slow), Call("video:", CALL_S))
    assert np.diff(seen).min() >= 3


def test_uncompressed_video_and_numbered_pictures(tmp_path: Path) -> None:
    write_folder(tmp_path, 3)
    with open_video(f"video:{write_y4m(tmp_path / 'clip.y4m', 3)}") as device:
        assert len(shown(device)) == 3
    with open_video(f"video:{tmp_path}/picture %d.png") as device:
        assert device.info.details["size"] == "64 x 48"
        assert shown(device)[0] == 1
    with pytest.raises(DeviceNotFoundError):
        open_video(f"video:{tmp_path}/photo %d.png")


def test_colours_are_red_green_blue(tmp_path: Path) -> None:
    with open_video(f"video:{write_clip(tmp_path / 'clip.avi')}") as device:
        pixels = device.capture(FACE, Call("video:", CALL_S)).samples[0].sample.pixels
    assert np.abs(pixels[20, 20].astype(int) - levels(1)[20, 20]).max() < 8


@pytest.mark.parametrize(
    "name", ["text.avi", "empty.avi", "list.m3u8", "sequence.ffconcat", "head.avi", "folder", "pipe"]
)
def test_what_is_no_video_is_refused_before_it_can_do_harm(
    tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    clip = write_clip(tmp_path / "clip.avi").read_bytes()
    (tmp_path / "text.avi").write_text("RIFF, but no video\n" * 100)
    (tmp_path / "empty.avi").touch()
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/secret.ts\n")
    (tmp_path / "sequence.ffconcat").write_text("ffconcat version 1.0\nfile clip.avi\n")
    (tmp_path / "head.avi").write_bytes(clip[:1_000])
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DeviceProtocolError) as failure:
        open_video(f"video:{tmp_path / name}")
    assert failure.value.remedy
    assert capfd.readouterr() == ("", "")


def test_huge_frames_are_refused_before_the_first_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.y4m"
    path.write_bytes(b"YUV4MPEG2 W12000 H12000 F10:1 Ip A1:1 C420jpeg\nFRAME\n")
    with pytest.raises(DeviceProtocolError):
        open_video(f"video:{path}")
    clip = write_clip(tmp_path / "clip.avi").read_bytes()
    path = tmp_path / "lying.avi"
    path.write_bytes(clip.replace(b"\x08\x00\x30\x00\x40", b"\x08\x75\x30\x75\x30"))
    with pytest.raises(CaptureError), open_video(f"video:{path}?loop=1") as device:
        device.capture(FACE, Call("video:", CALL_S))


def test_a_video_cut_short_plays_as_far_as_it_goes(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", 20, fps=50.0, width=640, height=480)
    data = clip.read_bytes()
    clip.write_bytes(data[: len(data) // 2])
    with open_video(f"video:{clip}") as device:
        assert 1 <= max(shown(device)) < 20


def test_closing_ends_a_stream(tmp_path: Path) -> None:
    with open_video(f"video:{write_clip(tmp_path / 'clip.avi')}?loop=1") as device:
        frames = device.stream(Call("video:", 60.0))
        next(frames)
        device.close()
        with pytest.raises(CaptureError, match="closed"):
            for _ in frames:
                pass
