"""What the steps of `kura devices` share: the drivers of an installation, and words about devices."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from biometrics.errors import BiometricsError
from biometrics.positions import Position

if TYPE_CHECKING:
    from devices.contract import DeviceDescriptor, DeviceInfo
    from devices.drivers import Drivers


def drivers_of(arguments: argparse.Namespace) -> Drivers:
    """Return the drivers, with what the home's settings choose."""
    from api.installation import open_installation
    from devices.drivers import Drivers

    installation = open_installation(arguments.home, create=False)
    return Drivers(installation.settings.devices.choices(installation.home))


def add_uri(parser: argparse.ArgumentParser) -> None:
    """Add the device's URI."""
    parser.add_argument("uri", metavar="URI", help="of the device, as kura devices list prints it")


def add_timeout(parser: argparse.ArgumentParser, usual: float, what: str) -> None:
    """Add --timeout, in seconds."""
    parser.add_argument(
        "--timeout", type=seconds, default=usual, metavar="S", help=f"seconds {what} (default: {usual:g})"
    )


def seconds(text: str) -> float:
    """Read a time to wait."""
    from biometrics.errors import CaptureError
    from devices.calls import check_timeout

    try:
        return check_timeout(float(text))
    except (ValueError, CaptureError):
        raise argparse.ArgumentTypeError(f"{text!r} is no time in seconds, above 0 and at most 600") from None


def described(one: DeviceDescriptor) -> dict[str, Any]:
    """Return a device as JSON has it."""
    return {"uri": one.uri, "kind": one.kind.value, "name": one.name, "simulated": one.simulated}


def line_of(one: DeviceDescriptor) -> str:
    """Return a device as one line."""
    mark = " (simulated: shows nobody)" if one.simulated else ""
    return f"{shared.printable(one.uri)}  {one.kind.value}  {shared.printable(one.name)}{mark}"


def told(info: DeviceInfo) -> dict[str, Any]:
    """Return what a device says about itself as JSON has it."""
    return described(info.descriptor) | {
        "ppi": info.ppi,
        "slaps": sorted(slap.value for slap in info.slaps),
        "streams": info.streams,
        "judges": info.judges,
        "make": info.make,
        "model": info.model,
        "serial": info.serial,
        "firmware": info.firmware,
        "details": dict(info.details),
    }


def add_presented(parser: argparse.ArgumentParser) -> None:
    """Add --position, --slap and --missing: what the person presents."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--position", type=shared.position, metavar="NAME", help="one finger by name or ISO code, or face"
    )
    which.add_argument("--slap", choices=("right", "left", "thumbs"), help="four fingers of which hand, or both thumbs")
    parser.add_argument(
        "--missing",
        type=fingers,
        default=frozenset(),
        metavar="NAMES",
        help="fingers of the slap that are not pressed, names or ISO codes parted by commas",
    )


def fingers(text: str) -> frozenset[Position]:
    """Read names or ISO codes of fingers, parted by commas."""
    try:
        return frozenset(Position.parse(name) for name in text.split(",") if name.strip())
    except BiometricsError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
