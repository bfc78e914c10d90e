"""OpenCV, imported when the first camera is opened, and silent: what FFmpeg tells can hold a camera's password."""

from __future__ import annotations

import os
import ssl
import types
from pathlib import Path

import numpy as np

from biometrics.arrays import Pixels
from biometrics.errors import DriverUnavailableError
from devices.contract import Finding

_STREAM_OPTIONS, _PROVEN = "OPENCV_FFMPEG_CAPTURE_OPTIONS", "tls_verify;1"
_INSTALL = "apt-get install --no-install-recommends libgl1 libglib2.0-0"
_DEBIAN_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


def quiet_opencv() -> types.ModuleType:
    """Return `cv2`, which writes nothing to the terminal from now on, and proves who encrypted streams come from.

    Raises
    ------
    DriverUnavailableError
        When it does not load.
    """
    # Read once, when the first stream of the process is opened; -8 is FFmpeg's AV_LOG_QUIET.
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"
    _choose_stream_options()
    try:
        import cv2  # noqa: PLC0415 - 0.1 s, and needed by whoever opens a camera only
    except ImportError as error:
        raise DriverUnavailableError(
            "OpenCV, which reads cameras and videos, does not load",
            remedy=f"as root: {_INSTALL}",
            missing=("libgl1", "libglib2.0-0"),
            command=_INSTALL,
        ) from error
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return cv2


def examine_opencv() -> Finding:
    """Look whether OpenCV loads, and can read videos and network streams."""
    what = "OpenCV with FFmpeg"
    try:
        cv2 = quiet_opencv()
    except DriverUnavailableError as error:
        return Finding(what=what, fine=False, told=error.message, command=error.command or "")
    fine = cv2.CAP_FFMPEG in cv2.videoio_registry.getBackends()
    told = f"OpenCV {cv2.__version__}" if fine else "this OpenCV was built without FFmpeg; pip's opencv-python has it"
    return Finding(what=what, fine=fine, told=told)


def _choose_stream_options() -> None:
    """Have streams come over TCP, unless the environment chooses otherwise, and over TLS from a proven host only."""
    chosen = os.environ.get(_STREAM_OPTIONS, "")
    if _PROVEN in chosen:
        return
    authorities = ssl.get_default_verify_paths().cafile or _DEBIAN_AUTHORITIES
    options = ("rtsp_transport;tcp", chosen, _PROVEN, f"ca_file;{authorities}" if Path(authorities).exists() else "")
    os.environ[_STREAM_OPTIONS] = "|".join(option for option in options if option)


def rgb(picture: Pixels) -> Pixels:
    """Return a picture of OpenCV's, blue first, as ours: red first; grey ones as they are."""
    return picture if picture.ndim == 2 else np.ascontiguousarray(picture[:, :, ::-1])


def codec_name(code: float) -> str:
    """Return the name of a codec by OpenCV's number of it; empty where it has none."""
    name = (int(code) & 0xFFFFFFFF).to_bytes(4, "little").decode("ascii", errors="replace").strip("\0 ")
    return name if name.isalnum() else ""


def size_text(pixels: Pixels) -> str:
    """Return width and height for people: `1280 x 720`."""
    return f"{pixels.shape[1]} x {pixels.shape[0]}"
