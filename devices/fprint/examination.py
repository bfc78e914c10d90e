"""What this machine has of what fingerprint scanners need."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from biometrics.errors import CaptureError, DriverUnavailableError
from devices.contract import Finding
from devices.fprint.listing import ListedDevice
from devices.fprint.resolution import KNOWN_PPI
from devices.fprint.usb import UsbReader, connected_readers


def examine(
    look: Callable[[], Sequence[ListedDevice]],
    chosen_ppi: Mapping[str, float],
    readers: Callable[[], Sequence[UsbReader]] = connected_readers,
) -> tuple[Finding, ...]:
    """Examine the machine: libfprint, permissions, what is connected; never raises for what is missing.

    Parameters
    ----------
    look
        Lists what libfprint sees.
    chosen_ppi
        Resolutions that the installation chose, by driver.
    readers
        Lists what Linux sees on the USB.
    """
    try:
        devices = look()
    except DriverUnavailableError as error:
        return (
            Finding(what="libfprint", fine=False, told=error.message, command=error.command or ""),
            *_permissions(readers()),
        )
    except CaptureError as error:
        return (Finding(what="libfprint", fine=False, told=f"{error.message}; {error.remedy}"),)
    found = Finding(what="libfprint", fine=True, told="works, in a process of its own")
    return found, *_permissions(readers()), *_scanners(devices, chosen_ppi)


def _permissions(readers: Sequence[UsbReader]) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            what=f"USB reader {reader.vendor}:{reader.product}",
            fine=reader.usable,
            told=f"{reader.name or 'it'} {'may' if reader.usable else 'may not'} be used by this user",
            command="" if reader.usable else reader.permit,
        )
        for reader in readers
    )


def _scanners(devices: Sequence[ListedDevice], chosen_ppi: Mapping[str, float]) -> tuple[Finding, ...]:
    if not any(device.captures for device in devices):
        none = Finding(
            what="fingerprint scanner",
            fine=False,
            told="none that gives out pictures is connected to libfprint",
            optional=True,
        )
        return none, *(_scanner(device, chosen_ppi) for device in devices)
    return tuple(_scanner(device, chosen_ppi) for device in devices)


def _scanner(device: ListedDevice, chosen_ppi: Mapping[str, float]) -> Finding:
    what = f"{device.uri} ({device.name})"
    if not device.captures:
        told = "compares fingers in its own chip and gives out no pictures: nobody can be enrolled with it"
        return Finding(what=what, fine=False, told=told, optional=True)
    ppi = chosen_ppi.get(device.driver, KNOWN_PPI.get(device.driver))
    if ppi is None:
        told = f"its resolution is not known: look it up, and give it with the URI, as {device.uri}?ppi=500"
        return Finding(what=what, fine=False, told=told, optional=True)
    return Finding(
        what=what, fine=True, told=f"a finger is {'swiped' if device.scan == 'swipe' else 'pressed'}, {ppi:g} ppi"
    )
