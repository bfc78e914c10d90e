"""`kura devices list`: what can be opened now, or what comes and goes."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from api.verbs import arguments as shared
from api.verbs.devices_steps import finding

if TYPE_CHECKING:
    from devices.drivers import Drivers

NAME, SUMMARY = "list", "list the devices that can be opened now, with the URIs that open them"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    finding.add_timeout(step, 5.0, "to look for devices")
    step.add_argument("--watch", action="store_true", help="go on, and print what is connected and pulled out")


def run(arguments: argparse.Namespace) -> int:
    """List; a driver that could not look is named, and the others are listed all the same."""
    from api.command_line import DONE

    drivers = finding.drivers_of(arguments)
    if arguments.watch:
        return _watch(drivers, as_json=arguments.json)
    found = drivers.discover(arguments.timeout)
    if arguments.json:
        document = {
            "devices": [finding.described(one) for one in found.devices],
            "problems": [
                {"driver": one.driver, "error": one.error.kind, "told": str(one.error)} for one in found.problems
            ],
        }
        shared.print_json(document)
        return DONE
    for one in found.devices:
        print(finding.line_of(one))
    for problem in found.problems:
        shared.complain(f"{problem.driver}: {problem.error}")
    if not found.devices:
        print("no device was found; kura devices doctor says what is missing")
    return DONE


def _watch(drivers: Drivers, *, as_json: bool) -> int:
    from api.command_line import DONE
    from devices.hotplug import DeviceWatch

    print("watching what is connected and pulled out; Ctrl-C ends it", file=sys.stderr)
    with DeviceWatch(drivers) as watch, suppress(KeyboardInterrupt):
        for event in watch:
            if as_json:
                print(json.dumps({"event": event.kind.value} | finding.described(event.descriptor)), flush=True)
            else:
                print(f"{event.kind.value}  {finding.line_of(event.descriptor)}", flush=True)
    return DONE
