"""Readers on the USB, as Linux shows them, and whether this user may use them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

DEVICES = Path("/sys/bus/usb/devices")
NODES = Path("/dev/bus/usb")
SUPPORTED = (
    Path("/usr/lib/udev/hwdb.d/60-autosuspend-libfprint-2.hwdb"),
    Path("/lib/udev/hwdb.d/60-autosuspend-libfprint-2.hwdb"),
)
"""libfprint's own list of what it knows, which its package installs."""

_LISTED = re.compile(r"^usb:v([0-9A-F]{4})p([0-9A-F]{4})", re.MULTILINE)
_WITHOUT_DRIVER = "# Known unsupported devices"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsbReader:
    """A reader on the USB.

    Parameters
    ----------
    vendor, product
        Four hexadecimal digits each.
    name
        As it calls itself; may be empty.
    usable
        Whether this user may read and write it.
    """

    vendor: str
    product: str
    name: str
    usable: bool

    @property
    def permit(self) -> str:
        """The command that lets the group plugdev, and whoever sits at the machine, use it."""
        rule = (
            f'SUBSYSTEM=="usb", ATTR{{idVendor}}=="{self.vendor}", ATTR{{idProduct}}=="{self.product}", '
            'MODE="0660", GROUP="plugdev", TAG+="uaccess"'
        )
        return (
            f"echo '{rule}' | sudo tee /etc/udev/rules.d/70-kura-{self.vendor}-{self.product}.rules"
            ' && sudo usermod -aG plugdev "$USER" && sudo udevadm control --reload && sudo udevadm trigger'
        )


def connected_readers(
    devices: Path = DEVICES, nodes: Path = NODES, supported: tuple[Path, ...] = SUPPORTED
) -> tuple[UsbReader, ...]:
    """Return what is connected of the readers that libfprint has drivers for; nothing where that cannot be seen."""
    known = _known(supported)
    found = (_reader(folder, nodes) for folder in sorted(devices.glob("*-*")) if ":" not in folder.name)
    return tuple(reader for reader in found if reader and (reader.vendor, reader.product) in known)


def permit_command() -> str:
    """Return the command that permits the connected reader that may not be used, or how to look for it."""
    refused = [reader for reader in connected_readers() if not reader.usable]
    return refused[0].permit if refused else "kura devices doctor"


def _known(supported: tuple[Path, ...]) -> frozenset[tuple[str, str]]:
    for path in supported:
        try:
            text = path.read_text("utf-8", errors="replace")
        except OSError:
            continue
        driven = text.partition(_WITHOUT_DRIVER)[0]
        return frozenset((vendor.lower(), product.lower()) for vendor, product in _LISTED.findall(driven))
    return frozenset()


def _reader(folder: Path, nodes: Path) -> UsbReader | None:
    try:
        vendor, product, bus, number = (
            (folder / name).read_text("ascii").strip() for name in ("idVendor", "idProduct", "busnum", "devnum")
        )
        node = nodes / f"{int(bus):03}" / f"{int(number):03}"
    except (OSError, ValueError):
        return None
    return UsbReader(
        vendor=vendor, product=product, name=_name(folder / "product"), usable=os.access(node, os.R_OK | os.W_OK)
    )


def _name(path: Path) -> str:
    try:
        text = path.read_text("utf-8", errors="replace")[:100].strip()
    except OSError:
        return ""
    return "".join(letter for letter in text if letter.isprintable())
