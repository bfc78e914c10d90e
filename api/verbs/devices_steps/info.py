"""`kura devices info`: what one device says about itself."""

from __future__ import annotations

import argparse
from typing import Any

from api.verbs import arguments as shared
from api.verbs.devices_steps import finding

NAME, SUMMARY = "info", "open one device, say what it is and what it can do, and close it"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    finding.add_uri(step)
    finding.add_timeout(step, 10.0, "to open it")


def run(arguments: argparse.Namespace) -> int:
    """Open, tell, close."""
    from api.command_line import DONE
    from devices.opened import open_device

    with open_device(arguments.uri, finding.drivers_of(arguments), timeout_s=arguments.timeout) as device:
        document = finding.told(device.info)
    if arguments.json:
        shared.print_json(document)
        return DONE
    print(finding.line_of(device.info.descriptor))
    details = document.pop("details")
    for name in ("make", "model", "serial", "firmware", "ppi", "slaps", "streams", "judges"):
        shown = _shown(document[name])
        if shown:
            print(f"  {name}: {shared.printable(shown)}")
    for name, value in details.items():
        print(f"  {shared.printable(name)}: {shared.printable(value)}")
    return DONE


def _shown(value: Any) -> str:
    """Return one thing that a device says; nothing where it does not say it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return ", ".join(value) if isinstance(value, list) else value or ""
