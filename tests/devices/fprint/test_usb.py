from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from biometrics.errors import CaptureError, DeviceRefusedError
from devices.fprint.examination import examine
from devices.fprint.listing import ListedDevice
from devices.fprint.resolution import KNOWN_PPI, resolve_ppi
from devices.fprint.usb import UsbReader, connected_readers

LISTED = """
# Supported by libfprint driver uru4000
usb:v05BAp000A*
 ID_AUTOSUSPEND=1
# Known unsupported devices
usb:v0A5Cp5801*
"""


@pytest.fixture
def bus(tmp_path: Path) -> Path:
    (tmp_path / "listed").write_text(LISTED)
    plug_in(tmp_path, "1-2", "05ba", "000a", "U.are.U 4500\x07")
    plug_in(tmp_path, "1-3", "0a5c", "5801", "of a laptop")
    plug_in(tmp_path, "2-1", "046d", "c31c", "keyboard")
    (tmp_path / "sys/1-2:1.0").mkdir()
    (tmp_path / "sys/usb1").mkdir()
    return tmp_path


def plug_in(root: Path, port: str, vendor: str, product: str, name: str) -> None:
    folder = root / "sys" / port
    folder.mkdir(parents=True)
    node = root / "dev" / f"{int(port[0]):03}" / f"{int(port[2]):03}"
    node.parent.mkdir(parents=True, exist_ok=True)
    node.touch()
    entries = {"idVendor": vendor, "idProduct": product, "busnum": port[0], "devnum": port[2], "product": name}
    for file, text in entries.items():
        (folder / file).write_text(text + "\n")


def readers(bus: Path) -> tuple[UsbReader, ...]:
    return connected_readers(bus / "sys", bus / "dev", (bus / "none", bus / "listed"))


def test_readers_that_libfprint_drives_are_seen(bus: Path) -> None:
    (reader,) = readers(bus)
    assert (reader.vendor, reader.product, reader.name, reader.usable) == ("05ba", "000a", "U.are.U 4500", True)


def test_a_reader_that_may_not_be_used_is_told_with_the_command(bus: Path) -> None:
    (bus / "dev/001/002").unlink()
    (reader,) = readers(bus)
    told = {finding.what: finding for finding in examine(tuple, {}, lambda: (reader,))}
    finding = told["USB reader 05ba:000a"]
    assert (finding.fine, finding.command) == (False, reader.permit)
    parsed = subprocess.run(["bash", "-n", "-c", reader.permit], check=False, capture_output=True)
    assert (parsed.returncode, parsed.stderr) == (0, b"")
    assert "05ba" in reader.permit
    assert told["libfprint"].fine
    assert told["fingerprint scanner"].optional


def test_a_machine_without_usb_has_no_readers(tmp_path: Path) -> None:
    assert connected_readers(tmp_path / "sys", tmp_path / "dev", ()) == ()
    (tmp_path / "sys/1-1").mkdir(parents=True)
    (tmp_path / "listed").write_text(LISTED)
    assert connected_readers(tmp_path / "sys", tmp_path / "dev", (tmp_path / "listed",)) == ()


def test_real_machines_can_be_looked_at() -> None:
    assert all(isinstance(reader, UsbReader) for reader in connected_readers())


def test_scanners_are_told_with_their_resolution() -> None:
    def listed(driver: str, **more: bool) -> ListedDevice:
        return ListedDevice(
            driver=driver, ident="0", name="a scanner", scan="press", captures=more.get("captures", True)
        )

    devices = (listed("uru4000"), listed("elan"), listed("synaptics", captures=False))
    _, known, unknown, inside = examine(lambda: devices, {}, tuple)
    assert (known.fine, "512" in known.told) == (True, True)
    assert (unknown.fine, unknown.optional, "fprint:elan?ppi=" in unknown.told) == (False, True, True)
    assert (inside.fine, "in its own chip" in inside.told) == (False, True)
    assert examine(lambda: devices, {"elan": 363.0}, tuple)[2].fine


@pytest.mark.parametrize("stated", ["", "x", "nan", "inf", "99", "2001", "-500", "1e9"])
def test_what_is_no_resolution_is_refused(stated: str) -> None:
    with pytest.raises(CaptureError, match="no resolution") as wrong:
        resolve_ppi("uru4000", stated, {}, "fprint:uru4000")
    assert wrong.value.remedy


def test_what_is_stated_goes_before_what_is_chosen_and_that_before_the_table() -> None:
    chosen = {"uru4000": 500.0}
    assert resolve_ppi("uru4000", "700", chosen, "") == (700.0, "the URI")
    assert resolve_ppi("uru4000", None, chosen, "") == (500.0, "the settings")
    assert resolve_ppi("uru4000", None, {}, "") == (KNOWN_PPI["uru4000"], "Kura's table")
    with pytest.raises(DeviceRefusedError):
        resolve_ppi("vfs5011", None, chosen, "")
