"""The tables [devices] and [capture] are read as they were written, and what they may not say is refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.device_settings import DeviceSettings
from api.settings import Settings, read_settings, write_settings
from biometrics.errors import ConfigurationError
from devices.choices import DEFAULT_CHOICES
from enrollment.capture.policy import CapturePolicy

CAMERA = "rtsp://user:secret@10.0.0.7/door?token=a"


def test_what_is_written_is_read(tmp_path: Path) -> None:
    devices = DeviceSettings(
        cameras=(CAMERA, "mjpeg:http://10.0.0.8/x#kind=finger&ppi=500"),
        fprint_ppi=("uru4000=512", "aes=500.5"),
        sbi_trust="trust.pem",
        sbi_first_port=4510,
        sbi_last_port=4510,
        sbi_environment="Production",
        allow_simulated=False,
    )
    capture = CapturePolicy(
        version="mali/2",
        least_finger_quality=50,
        least_face_quality=0,
        tries=20,
        same_finger_fmr=1e-7,
        least_device_quality=100,
        finger_timeout_s=0.5,
        face_timeout_s=600.0,
        device_tries=1,
        device_pause_s=0.0,
    )
    write_settings(tmp_path, Settings(devices=devices, capture=capture))
    found = read_settings(tmp_path)
    assert (found.devices, found.capture) == (devices, capture)
    assert (tmp_path / "settings.toml").stat().st_mode & 0o777 == 0o600  # it holds passwords of cameras
    choices = found.devices.choices(tmp_path)
    assert choices.cameras == devices.cameras and choices.fprint_ppi == {"uru4000": 512.0, "aes": 500.5}
    assert choices.sbi_trust == tmp_path / "trust.pem"


def test_defaults_are_the_drivers_own(tmp_path: Path) -> None:
    assert DeviceSettings().choices(tmp_path) == DEFAULT_CHOICES
    assert DeviceSettings(sbi_trust="/etc/trust.pem").choices(tmp_path).sbi_trust == Path("/etc/trust.pem")


@pytest.mark.parametrize(
    ("table", "line", "told"),
    [
        ("devices", "sbi_first_port = 0", "0 to 4600 are no ports"),
        ("devices", "sbi_first_port = 4700", "4700 to 4600 are no ports"),
        ("devices", "sbi_last_port = 65536", "4501 to 65536 are no ports"),
        ("devices", 'sbi_first_port = "4501"', "devices.sbi_first_port"),
        ("devices", 'sbi_environment = "Home"', "devices.sbi_environment"),
        ("devices", 'fprint_ppi = ["uru4000"]', "devices.fprint_ppi"),
        ("devices", 'fprint_ppi = ["=500"]', "devices.fprint_ppi"),
        ("devices", 'fprint_ppi = ["uru4000=nan"]', "devices.fprint_ppi"),
        ("devices", 'fprint_ppi = ["uru4000=5"]', "devices.fprint_ppi"),
        ("devices", "fprint_ppi = [512]", "devices.fprint_ppi"),
        ("devices", 'cameras = ["nonsense"]', "devices.cameras"),
        ("devices", 'cameras = "rtsp://x/y"', "devices.cameras"),
        ("devices", 'allow_simulated = "no"', "devices.allow_simulated"),
        ("devices", "camera = []", "devices.camera"),
        ("capture", "tries = 0", "tries"),
        ("capture", "tries = 21", "tries"),
        ("capture", "tries = 2.5", "capture.tries"),
        ("capture", "least_finger_quality = 101", "least_finger_quality"),
        ("capture", "least_face_quality = -1", "least_face_quality"),
        ("capture", "least_device_quality = 101", "least_device_quality"),
        ("capture", "same_finger_fmr = 0.0", "same_finger_fmr"),
        ("capture", "same_finger_fmr = 0.5", "same_finger_fmr"),
        ("capture", "same_finger_fmr = nan", "same_finger_fmr"),
        ("capture", "finger_timeout_s = 0.0", "no time to wait"),
        ("capture", "face_timeout_s = 601", "no time to wait"),
        ("capture", "face_timeout_s = inf", "no time to wait"),
        ("capture", "device_tries = 0", "device_tries"),
        ("capture", "device_pause_s = -1", "device_pause_s"),
        ("capture", 'version = " "', "version"),
        ("capture", "quality = 3", "capture.quality"),
    ],
)
def test_what_may_not_be_is_refused_with_its_name(tmp_path: Path, table: str, line: str, told: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f"[{table}]\n{line}\n")
    with pytest.raises(ConfigurationError) as refused:
        read_settings(tmp_path)
    assert told in refused.value.message
    assert refused.value.source == str(path) and refused.value.remedy


@pytest.mark.parametrize("table", ["devices", "capture"])
def test_a_table_is_a_table(tmp_path: Path, table: str) -> None:
    (tmp_path / "settings.toml").write_text(f"{table} = 3\n")
    with pytest.raises(ConfigurationError, match=f"{table} must be a table"):
        read_settings(tmp_path)


@pytest.mark.parametrize("camera", ["://user:secret@10.0.0.7/door", "rtsp//user:secret@host/door"])
def test_a_camera_that_is_none_is_refused_without_its_password(camera: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        DeviceSettings(cameras=(camera,))
    assert "secret" not in str(refused.value)


def test_whole_numbers_are_seconds_too(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[capture]\nfinger_timeout_s = 20\n")
    values: dict[str, Any] = {"finger_timeout_s": 20.0}
    assert read_settings(tmp_path).capture == CapturePolicy(**values)
