"""What the steps of `kura devices` share: the drivers of an installation, and words about devices."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from biometrics.errors import BiometricsError, CaptureError
from biometrics.positions import FINGERS, Position
from biometrics.slaps import Slap

if TYPE_CHECKING:
    from devices.contract import DeviceDescriptor, DeviceInfo
    from devices.drivers import Drivers


def drivers_of(arguments: argparse.Namespace) -> Drivers:
    """Return the drivers, with what the home's settings choose."""
    from api.installation import look_at_installation
    from devices.drivers import Drivers

    installation = look_at_installation(arguments.home)
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


def add_presented(parser: argparse.ArgumentParser) -> argparse._MutuallyExclusiveGroup:
    """Add --position, --slap and --missing, what the person presents; return the group that excludes each other."""
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
    return which


def misused(arguments: argparse.Namespace) -> str:
    """Return what is wrong with the arguments of `add_presented`; nothing where they can be followed."""
    if not arguments.missing:
        return ""
    if not arguments.slap:
        return "--missing says which fingers of a --slap are not pressed"
    fingers_of_slap = Slap(arguments.slap).fingers
    strange = [finger.value for finger in arguments.missing if finger not in fingers_of_slap]
    if strange:
        return f"--missing: {', '.join(sorted(strange))} is no finger of --slap {arguments.slap}"
    return "--missing leaves no finger of the slap" if arguments.missing.issuperset(fingers_of_slap) else ""


def presented(arguments: argparse.Namespace, info: DeviceInfo) -> tuple[tuple[Position, ...], Slap | None]:
    """Return what is presented by the arguments of `add_presented`: else the face, or a finger nobody named."""
    from devices.contract import DeviceKind

    if arguments.slap:
        slap = Slap(arguments.slap)
        return tuple(finger for finger in slap.fingers if finger not in arguments.missing), slap
    if arguments.position is not None:
        return (arguments.position,), None
    return (Position.FACE if info.descriptor.kind is DeviceKind.CAMERA else Position.UNKNOWN,), None


def fingers(text: str) -> frozenset[Position]:
    """Read names or ISO codes of fingers, parted by commas."""
    named = positions(text)
    strange = [position.value for position in named if position not in FINGERS]
    if strange:
        raise argparse.ArgumentTypeError(f"{strange[0]} is no finger")
    return frozenset(named)


def positions(text: str) -> tuple[Position, ...]:
    """Read names or ISO codes of fingers, or the face, parted by commas: at least one."""
    try:
        named = tuple(Position.parse(name) for name in text.split(",") if name.strip())
    except BiometricsError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if not named:
        raise argparse.ArgumentTypeError("no position is named")
    return named


def add_language(parser: argparse.ArgumentParser) -> None:
    """Add --language, in which the operator is spoken to."""
    shared.add_language(parser, "what the operator reads")
