"""`kura devices doctor`: what is missing for devices to work, and the command that installs it."""

from __future__ import annotations

import argparse
from typing import Any

from api.verbs import arguments as shared
from api.verbs.devices_steps import finding

NAME, SUMMARY = (
    "doctor",
    "say for each kind of device what is there and what is missing, with the command that installs it",
)


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("--driver", metavar="NAME", help="look at one driver only, such as fprint or sbi")
    finding.add_timeout(step, 10.0, "to look")


def run(arguments: argparse.Namespace) -> int:
    """Examine; 1 when a driver cannot work for lack of something."""
    from api.command_line import DONE, NEGATIVE

    examined = finding.drivers_of(arguments).examine(arguments.timeout, only=arguments.driver)
    document = [
        {"driver": name, "what": one.what, "fine": one.fine, "optional": one.optional, "told": one.told}
        | ({"command": one.command} if one.command else {})
        for name, findings in examined.items()
        for one in findings
    ]
    if arguments.json:
        shared.print_json({"findings": document})
    else:
        _print(document)
    lacking = any(not one["fine"] and not one["optional"] for one in document)
    return NEGATIVE if lacking else DONE


def _print(document: list[dict[str, Any]]) -> None:
    driver = None
    for one in document:
        if one["driver"] != driver:
            driver = one["driver"]
            print(driver)
        mark = "ok     " if one["fine"] else "limited" if one["optional"] else "MISSING"
        print(f"  {mark}  {one['what']}: {shared.printable(one['told'])}")
        if "command" in one and not one["fine"]:
            print(f"           {one['command']}")
