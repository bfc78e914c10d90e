"""`kura devices` as processes: at a terminal that is interrupted and killed, and serving until Ctrl-C."""

from __future__ import annotations

import json
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.device_settings import DeviceSettings
from api.settings import Settings, write_settings
from biometrics.image_writing import write_png
from devices.simulators.sbi import Person, SbiSimulator, Simulation
from enrollment.capture.policy import CapturePolicy
from tests.api.conftest import Run
from tests.api.devices.terminals import at_terminal, interrupted, running
from tests.simulated import portrait


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SbiSimulator]:
    trust = tmp_path_factory.mktemp("sbi") / "trust.pem"
    with SbiSimulator(Simulation(trust=trust, port=0, person=Person(number=7))) as simulator:
        yield simulator


@pytest.fixture
def station(service: SbiSimulator, home: Path, tmp_path: Path) -> Path:
    service.pki.write_trust(tmp_path / "trust.pem")
    port = int(service.url.rstrip("/").rpartition(":")[2])
    devices = DeviceSettings(sbi_trust=str(tmp_path / "trust.pem"), sbi_first_port=port, sbi_last_port=port)
    home.mkdir(mode=0o700)
    write_settings(home, Settings(devices=devices, capture=CapturePolicy(device_pause_s=0.0)))
    return home


def test_a_capture_outlives_ctrl_c_kill_and_a_lost_line(station: Path, service: SbiSimulator, tmp_path: Path) -> None:
    folder = tmp_path / "p7"
    scanner = f"sbi:{service.url}simulated-slap"
    words = ("devices", "capture", scanner, "--person", "P-7", "--plan", "slaps", "--out", folder, "--actor", "oumar")
    with service.presenting("lifted-finger"):
        with at_terminal(station, *words) as terminal:
            terminal.wait_for("right ring finger")
            terminal.wait_for("number? ")
            terminal.type("\x03")
            assert terminal.end() == 130
        assert "run the same command again to go on" in terminal.text and "Traceback" not in terminal.text
        with at_terminal(station, *words) as terminal:
            terminal.wait_for("done: 0 of 3")
            terminal.wait_for("the left ring finger")  # what else is left to capture comes before what waits
            terminal.wait_for("number? ")
            terminal.type("2\n2\nyes\nno camera\noumar\nawa\n")
            terminal.wait_for("name somebody else")
            terminal.wait_for("the left hand: accepted")
            terminal.wait_for("the left thumb")
            terminal.process.kill()
            assert terminal.end() == -signal.SIGKILL
        with at_terminal(station, *words) as terminal:
            terminal.wait_for("done: 1 of 3")
            terminal.wait_for("number? ")
            terminal.type("\x04")
            assert terminal.end() == 130
        assert "nobody answers any more" in terminal.text
    with at_terminal(station, *words, "--language", "fr") as terminal:
        terminal.wait_for("fait : 1 sur 3")
        terminal.wait_for("numéro ? ")
        terminal.type("1\n1\n")  # none is missing, neither of the right hand nor of the thumbs
        terminal.wait_for("les deux pouces : accepté")
        assert terminal.end() == 0
    report = json.loads((folder / "capture.json").read_text())
    assert [len(step["tries"]) for step in report["steps"]] == [2, 1, 2]
    assert [one["positions"] for one in report["exceptions"]] == [["left_ring"]]
    assert "kura person except --because amputated --permanent --approver awa --without-photo 'no camera' P-7" in (
        terminal.text
    )
    assert not (folder / "session").exists()


def test_what_is_connected_and_pulled_out_is_told_until_ctrl_c(station: Path, service: SbiSimulator) -> None:
    with running(station, "devices", "list", "--watch", "--json") as process:
        assert process.stdout is not None
        appeared = {json.loads(process.stdout.readline())["uri"] for _ in range(2)}
        assert appeared == {f"sbi:{service.url}{name}" for name in ("simulated-slap", "simulated-single")}
        with service.fault("unplugged"):
            gone = [json.loads(process.stdout.readline()) for _ in range(2)]
        assert {(one["event"], one["uri"]) for one in gone} == {("gone", uri) for uri in appeared}
        code, _, err = interrupted(process)
    assert code == 0 and "Traceback" not in err


def test_a_simulated_camera_is_previewed_and_captured_from(kura: Run, home: Path, tmp_path: Path) -> None:
    """The whole way of a face: a camera over HTTP, live hints, the finest frame, a folder that can be enrolled."""
    (tmp_path / "faces").mkdir()
    write_png(tmp_path / "faces" / "portrait.png", portrait())
    with running(home, "devices", "simulate", "mjpeg", "--json", "--show", tmp_path / "faces") as camera:
        assert camera.stdout is not None
        (uri,) = json.loads(camera.stdout.readline())["devices"]
        code, out, err = kura("devices", "preview", uri, "--timeout", "1.5", "--language", "fr")
        assert code == 0, err
        assert out.splitlines()[0] == "0: images de 512 x 600 pixels"
        assert "regardez" in out and "frames seen; nothing was kept" in err
        code, out, err = kura("devices", "capture", uri, "--person", "P-1", "--plan", "face", "--out", tmp_path / "p1")
        assert code == 0, err
        assert "look at the camera" in err and "the face: accepted" in err
        manifest = (tmp_path / "p1" / "manifest.csv").read_text().splitlines()
        assert manifest[1] == "P-1,face,face,face.png,,yes"
        code, out, err = kura("devices", "capture", uri, "--person", "P-1", "--slap", "left", "--out", tmp_path / "p2")
        assert code == 3 and "captures a finger" in err
        assert interrupted(camera)[:2] == (0, "")
    assert kura("devices", "preview", uri, "--timeout", "1")[0] == 3


def test_a_page_is_served_until_ctrl_c(station: Path, service: SbiSimulator) -> None:
    scanner = f"sbi:{service.url}simulated-slap"
    with running(station, "devices", "preview", scanner, "--page", "--json", "--timeout", "60") as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        assert url.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(url.partition("#")[0], timeout=30) as answer:
            assert answer.status == 200 and "slap scanner" in answer.read().decode()
        code, _, err = interrupted(process)
    assert code == 0 and "Traceback" not in err


def test_a_simulated_service_says_where_it_is(home: Path, tmp_path: Path) -> None:
    trust = tmp_path / "trust.pem"
    words = ("--port", "0", "--trust", trust, "--fault", "garbage", "--presents", "late", "--missing", "left_ring")
    with running(home, "devices", "simulate", "sbi", *words, "--json") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told["devices"][0].startswith(f"sbi:{told['url']}")
        assert trust.read_text().startswith("-----BEGIN CERTIFICATE-----")
        assert interrupted(process)[:2] == (0, "")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("sbi", "--fault", "nonsense"), 3, "no fault is called 'nonsense'"),
        (("sbi", "--presents", "nonsense"), 3, "no presentation is called 'nonsense'"),
        (("sbi", "--environment", "Home"), 3, "no env is called 'Home'"),
        (("sbi", "--show", "x"), 2, "--show is of cameras"),
        (("mjpeg", "--person", "3"), 2, "--person is of sbi"),
        (("rtsp", "--trust", "x"), 2, "--trust is of sbi"),
        (("mjpeg", "--fault", "nonsense"), 3, "no fault 'nonsense'"),
        (("rtsp", "--show", "/nowhere"), 3, "/nowhere"),
        (("scanner",), 2, "invalid choice"),
        (("sbi", "--missing", "face"), 2, "face is no finger"),
    ],
)
def test_what_cannot_be_simulated_is_said(kura: Run, words: tuple[str, ...], code: int, told: str) -> None:
    found, out, err = kura("devices", "simulate", *words)
    assert (found, out) == (code, "") and told in err and "Traceback" not in err
