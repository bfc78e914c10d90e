"""`kura devices` as operators and engineers meet it, against simulated devices that speak the real protocols."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from api import wiring
from api.command_line import BAD_INPUT, DONE, INTERRUPTED, MISUSE, NEGATIVE
from api.device_settings import DeviceSettings
from api.installation import Installation
from api.settings import Settings, write_settings
from biometrics.positions import Position
from devices.simulators.sbi import Person, SbiSimulator, Simulation
from enrollment.capture.policy import CapturePolicy
from tests.api.conftest import Run

PERSON = "simulated:finger?person=42&seed=1&profile=clean"
SLAPS = ("right_index", "right_middle", "right_ring", "right_little")


_LOAD = cache(wiring.load_extractors)
"""The real ones: simulated prints are no toys' prints."""


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sbi") / "trust.pem"


@pytest.fixture(scope="module")
def service(trust: Path) -> Iterator[SbiSimulator]:
    with SbiSimulator(Simulation(trust=trust, port=0, person=Person(number=7))) as simulator:
        yield simulator


@pytest.fixture
def kura(kura: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(wiring, "load_extractors", lambda *_: _LOAD(Installation(home=Path(), settings=Settings())))
    return kura


@pytest.fixture
def station(service: SbiSimulator, trust: Path, home: Path) -> Path:
    """Return a home that trusts the service and looks for it where it is."""
    port = int(service.url.rstrip("/").rpartition(":")[2])
    home.mkdir(mode=0o700, exist_ok=True)
    devices = DeviceSettings(sbi_trust=str(trust), sbi_first_port=port, sbi_last_port=port)
    write_settings(
        home, Settings(devices=devices, capture=CapturePolicy(device_pause_s=0.0, device_tries=2, finger_timeout_s=3.0))
    )
    return home


def slap_scanner(service: SbiSimulator) -> str:
    return f"sbi:{service.url}simulated-slap"


def test_what_is_connected_is_listed_with_the_uri_that_opens_it(
    kura: Run, station: Path, service: SbiSimulator
) -> None:
    code, out, _ = kura("devices", "list", "--json")
    found = {one["uri"]: one for one in json.loads(out)["devices"]}
    assert code == DONE
    assert found[slap_scanner(service)]["simulated"] is True
    code, out, _ = kura("devices", "list")
    assert code == DONE and f"{slap_scanner(service)}  fingerprint scanner" in out
    code, out, _ = kura("devices", "info", slap_scanner(service), "--json")
    told = json.loads(out)
    assert (code, told["serial"], told["slaps"]) == (DONE, "SIMULATEDSLAP0001", ["left", "right", "thumbs"])


def test_devices_need_no_installation(kura: Run, home: Path) -> None:
    code, out, _ = kura("devices", "info", PERSON)
    assert code == DONE and "simulated: shows nobody" in out and "ppi: 500\n" in out
    assert not home.exists()


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("nonsense", "this is no URI of a device"),
        ("nobody:1", "no driver knows"),
        ("sbi:http://127.0.0.1:1/x", "sbi:"),
        ("simulated:finger", "person"),
        ("file:/nowhere?kind=face", "/nowhere"),
    ],
)
def test_wrong_uris_end_with_words(kura: Run, uri: str, told: str) -> None:
    code, out, err = kura("devices", "info", uri)
    assert (code, out) == (BAD_INPUT, "")
    assert told in err and "Traceback" not in err


def test_the_doctor_says_what_is_missing_and_how_to_get_it(
    kura: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.fprint.driver.interpreters", tuple)
    code, out, _ = kura("devices", "doctor", "--driver", "fprint")
    assert code == NEGATIVE
    assert "MISSING" in out and "apt-get install" in out and "gir1.2-fprint-2.0" in out
    code, out, _ = kura("devices", "doctor", "--driver", "simulated", "--json")
    assert code == DONE and all(one["fine"] for one in json.loads(out)["findings"])
    assert kura("devices", "doctor", "--driver", "nobody")[0] == BAD_INPUT


def test_a_slap_is_captured_enrolled_and_found(kura: Run, station: Path, service: SbiSimulator, tmp_path: Path) -> None:
    """From the scanner's signature to an identification by another touch."""
    folder = tmp_path / "p7"
    scanner = slap_scanner(service)
    code, out, err = kura("devices", "capture", scanner, "--person", "P-7", "--slap", "right", "--out", folder)
    assert code == DONE, err
    assert out.startswith(f"captured 4 positions into {folder} (simulated: shows nobody)")
    assert sorted(path.name for path in folder.glob("*.png")) == sorted(f"{name}.png" for name in SLAPS)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    report = json.loads((folder / "capture.json").read_text())
    assert report["steps"][0]["evidence"]["serial"] == "SIMULATEDSLAP0001"
    assert kura("enroll", folder / "manifest.csv")[0] == DONE
    again = tmp_path / "again"
    code, _, err = kura("devices", "capture", scanner, "--person", "X", "--position", "right_index", "--out", again)
    assert code == DONE, err
    code, out, _ = kura("identify", again / "right_index.png", "--position", "right_index")
    assert code == DONE and "P-7" in out


def test_a_folder_is_one_persons_once(kura: Run, tmp_path: Path) -> None:
    words = ("devices", "capture", PERSON, "--position", "right_index", "--out", tmp_path / "p")
    assert kura(*words, "--person", "P-1")[0] == DONE
    code, _, err = kura(*words, "--person", "P-2")
    assert code == BAD_INPUT and str(tmp_path / "p") in err


def test_missing_fingers_are_asked_about_and_nobody_decides_without_a_terminal(
    kura: Run, station: Path, service: SbiSimulator, tmp_path: Path
) -> None:
    words = (
        "devices",
        "capture",
        slap_scanner(service),
        "--person",
        "P-8",
        "--slap",
        "right",
        "--out",
        tmp_path / "p8",
    )
    with service.presenting("lifted-finger"):
        code, out, err = kura(*words, "--language", "fr")
    assert (code, out) == (BAD_INPUT, "")
    assert "doigts vus : 3 sur 4" in err
    assert not (tmp_path / "p8" / "manifest.csv").exists()
    except_ring = ("--except", "right_ring=amputated", "--permanent", "--approver", "Awa", "--without-photo", "refused")
    with service.presenting("lifted-finger"):
        code, out, err = kura(*words, *except_ring)
    assert code == DONE, err
    assert "right_ring: amputated, approved by Awa" in out and "kura person except" in out
    assert not (tmp_path / "p8" / "right_ring.png").exists()


class _Terminal(io.StringIO):
    """Somebody who types what was prepared."""

    def isatty(self) -> bool:
        return True


def _type(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", _Terminal("".join(f"{line}\n" for line in lines)))


def test_an_operator_is_asked_and_taken_by_the_word(
    kura: Run, station: Path, service: SbiSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong numbers and an answer taken back; then all four are pressed again, then one is said to be bandaged."""
    words = ("devices", "capture", slap_scanner(service), "--person", "P", "--slap", "right", "--actor", "oumar")
    bandaged = ("2", "3", "oui", "pas d'appareil")
    _type(monkeypatch, "9", "x", "2", "3", "", "1", *bandaged, "oumar", "awa")
    with service.presenting("lifted-finger"):
        code, out, err = kura(*words, "--out", tmp_path / "p", "--language", "fr")
    assert code == DONE, err
    assert err.count("lequel manque ? l'annulaire droit") >= 2
    assert err.count("répondez par un numéro de 1 à 3") == 2
    assert "right_ring: bandaged, approved by awa" in out
    report = json.loads((tmp_path / "p" / "capture.json").read_text())
    assert len(report["steps"][0]["tries"]) == 2
    assert report["exceptions"][0]["approver"] == "awa"


def test_whoever_leaves_finds_the_capture_where_it_was(
    kura: Run, station: Path, service: SbiSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanner = slap_scanner(service)
    words = ("devices", "capture", scanner, "--person", "P", "--plan", "slaps", "--out", tmp_path / "p")
    _type(monkeypatch)
    with service.presenting("poor"):
        code, out, err = kura(*words, "--actor", "oumar")
    assert (code, out) == (INTERRUPTED, "") and "kept" in err
    assert kura(*words, "--actor", "adama")[0] == BAD_INPUT  # somebody else began it
    assert kura(*words[:-3], "face", "--out", tmp_path / "p", "--actor", "oumar")[0] == BAD_INPUT
    _type(monkeypatch, "1", "awa", "clean glass")
    code, out, err = kura(*words, "--actor", "oumar", "--json")
    assert code == DONE, err
    told = json.loads(out)
    assert [len(step["tries"]) for step in told["steps"]] == [4, 1, 1]
    assert told["steps"][0]["approvals"][0]["approver"] == "awa"
    assert not (tmp_path / "p" / "session").exists()


def test_an_answer_that_is_not_to_be_believed_ends_the_capture_and_the_next_goes_on(
    kura: Run, station: Path, service: SbiSimulator, tmp_path: Path
) -> None:
    words = ("devices", "capture", slap_scanner(service), "--person", "P-9", "--slap", "left", "--out", tmp_path / "p9")
    with service.fault("tampered-value"):
        code, _, err = kura(*words, "--json")
    assert code == BAD_INPUT
    assert (
        json.loads(err.splitlines()[-1])["error"] == "DeviceTrustError" if err.strip().endswith("}") else "kura:" in err
    )
    assert not list(tmp_path.rglob("*.png"))
    assert kura(*words)[0] == DONE


def test_a_station_that_enrolls_takes_nothing_simulated(kura: Run, home: Path, tmp_path: Path) -> None:
    home.mkdir(mode=0o700)
    write_settings(home, Settings(devices=DeviceSettings(allow_simulated=False)))
    code, _, err = kura(
        "devices", "capture", PERSON, "--person", "P", "--position", "left_thumb", "--out", tmp_path / "p"
    )
    assert code == BAD_INPUT and "allow_simulated" in err
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--person", " ", "--position", "left_thumb"), MISUSE),
        (("--person", "P", "--position", "left_thumb", "--approver", "Awa"), MISUSE),
        (("--person", "P", "--position", "left_thumb", "--except", "left_ring=amputated"), MISUSE),
        (("--person", "P"), BAD_INPUT),  # which finger?
        (("--person", "P", "--position", "face"), BAD_INPUT),
        (("--person", "P", "--plan", "face"), BAD_INPUT),
    ],
)
def test_what_cannot_be_captured_is_said_before_anybody_presents_anything(
    kura: Run, tmp_path: Path, more: tuple[str, ...], code: int
) -> None:
    found, out, err = kura("devices", "capture", PERSON, "--out", tmp_path / "p", *more)
    assert (found, out) == (code, "") and "kura:" in err
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize("step", [("capture", "--person", "P", "--out", "p"), ("preview",)])
@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (("--missing", "right_ring"), "--missing says which fingers of a --slap"),
        (("--slap", "left", "--missing", "right_ring"), "right_ring is no finger of --slap left"),
        (("--slap", "thumbs", "--missing", "1,6"), "--missing leaves no finger"),
        (("--slap", "left", "--missing", "face"), "face is no finger"),
        (("--slap", "left", "--missing", ","), "no position is named"),
    ],
)
def test_missing_fingers_are_those_of_the_slap(
    kura: Run, step: tuple[str, ...], missing: tuple[str, ...], told: str
) -> None:
    code, out, err = kura("devices", *step, PERSON, *missing)
    assert (code, out) == (MISUSE, "") and told in err


def test_a_scanner_of_single_fingers_takes_no_slap(
    kura: Run, station: Path, service: SbiSimulator, tmp_path: Path
) -> None:
    single = f"sbi:{service.url}simulated-single"
    words = ("devices", "capture", single, "--person", "P", "--out", tmp_path / "p")
    code, _, err = kura(*words, "--slap", "right")
    assert code == BAD_INPUT and "--position" in err and not (tmp_path / "p").exists()
    code, out, err = kura(*words, "--plan", "four")  # finger by finger
    assert code == DONE and out.startswith("captured 4 positions"), err


def test_a_folder_in_use_is_said_before_any_device_is_opened(kura: Run, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    code, _, err = kura(
        "devices", "capture", "nobody:1", "--person", "P", "--position", "left_thumb", "--out", tmp_path
    )
    assert code == BAD_INPUT and "holds other files" in err


def test_two_devices_of_a_kind_leave_it_open_which_captures(kura: Run, tmp_path: Path) -> None:
    other = PERSON.replace("42", "43")
    code, _, err = kura("devices", "capture", PERSON, other, "--person", "P", "--plan", "four", "--out", tmp_path / "p")
    assert code == BAD_INPUT and "two devices that capture a finger" in err
    assert not (tmp_path / "p").exists()


def test_a_preview_says_what_to_do_and_keeps_nothing(
    kura: Run, station: Path, service: SbiSimulator, tmp_path: Path
) -> None:
    words = ("devices", "preview", slap_scanner(service), "--slap", "right", "--timeout", "2")
    code, out, err = kura(*words, "--json")
    assert code == DONE, err
    frames = [json.loads(line) for line in out.splitlines()]
    assert [one["frame"] for one in frames][:1] == [0] and {(one["width"], one["height"]) for one in frames} == {
        (750, 375)
    }
    assert not list(tmp_path.rglob("*.png"))


def test_settings_that_cannot_be_are_refused() -> None:
    from biometrics.errors import ConfigurationError  # noqa: PLC0415

    for wrong in (
        {"sbi_first_port": 0},
        {"sbi_last_port": 70_000},
        {"sbi_environment": "Home"},
        {"fprint_ppi": ("uru4000",)},
        {"fprint_ppi": ("=500",)},
        {"fprint_ppi": ("uru4000=5",)},
        {"cameras": ("nonsense",)},
    ):
        with pytest.raises(ConfigurationError):
            DeviceSettings(**wrong)
    chosen = DeviceSettings(fprint_ppi=("uru4000=512",), sbi_trust="trust.pem").choices(Path("/home"))
    assert chosen.fprint_ppi == {"uru4000": 512.0}
    assert chosen.sbi_trust == Path("/home/trust.pem")


def test_positions_are_those_of_the_plan() -> None:
    assert [Position.parse(name).value for name in SLAPS] == list(SLAPS)
