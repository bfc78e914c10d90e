"""`kura devices simulate`: devices of nobody that speak the real protocols, until Ctrl-C."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from api.verbs import arguments as shared
from api.verbs.devices_steps import finding

NAME, SUMMARY = "simulate", "serve a simulated device over its real protocol, for trying out and testing clients"


_OF_SBI = {
    "person": 1,
    "seed": 0,
    "missing": frozenset(),
    "profile": "ordinary",
    "trust": None,
    "keys": None,
    "faces": None,
    "environment": "Developer",
    "level": "L1",
    "presents": "as-asked",
}
"""Options that only the SBI service has, with what they are when they are not given."""


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("what", choices=("sbi", "mjpeg", "rtsp"), help="a MOSIP SBI service, or a network camera")
    step.add_argument(
        "--port",
        type=shared.port,
        metavar="N",
        help="on 127.0.0.1 (default: for sbi the first free one of 4501 to 4600, for cameras any free one)",
    )
    step.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME",
        help="what goes wrong, again and again; may be repeated for sbi; docs/devices.md lists names",
    )
    step.add_argument("--show", type=Path, metavar="PATH", help="cameras: a folder of pictures, or a video")
    _add_sbi(step.add_argument_group("the SBI service"))
    step.set_defaults(**_OF_SBI)


def _add_sbi(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--person", type=shared.whole_number, metavar="N", help="whose fingers (default: 1)")
    group.add_argument("--seed", type=shared.whole_number, help="which visit of the person (default: 0)")
    group.add_argument("--missing", type=finding.fingers, metavar="NAMES", help="fingers the person lacks")
    shared.add_profile(group)
    group.add_argument("--trust", type=Path, metavar="FILE", help="write the root certificate there, in PEM")
    group.add_argument("--keys", type=shared.folder, metavar="DIR", help="keep keys and certificates there")
    group.add_argument("--faces", type=shared.folder, metavar="DIR", help="portraits for a simulated face camera")
    group.add_argument("--environment", help="env of the devices (default: Developer)")
    group.add_argument("--level", choices=("L0", "L1"), help="certification level (default: L1)")
    group.add_argument("--presents", metavar="NAME", help="what the person does; docs/devices.md lists names")


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to end."""
    from api.command_line import DONE, MISUSE

    wrong = _misused(arguments)
    if wrong:
        shared.complain(wrong)
        return MISUSE
    _serve_sbi(arguments) if arguments.what == "sbi" else _serve_camera(arguments)
    return DONE


def _misused(arguments: argparse.Namespace) -> str:
    """Return which option is of another kind of device; nothing where all can be followed."""
    if arguments.what == "sbi":
        return "" if arguments.show is None else "--show is of cameras, which sbi is not; --faces gives it one"
    given = [name for name, usual in _OF_SBI.items() if getattr(arguments, name) != usual]
    return f"--{given[0]} is of sbi, not of a camera" if given else ""


def _serve_sbi(arguments: argparse.Namespace) -> None:
    from devices.simulators.sbi import Person, SbiSimulator, Simulation, serve

    person = Person(
        number=arguments.person, seed=arguments.seed, profile=arguments.profile, missing=frozenset(arguments.missing)
    )
    simulation = Simulation(
        person=person,
        port=arguments.port,
        folder=arguments.keys,
        trust=arguments.trust,
        faces=arguments.faces,
        environment=arguments.environment,
        certification=arguments.level,
    )

    def started(simulator: SbiSimulator) -> None:
        places = [f"sbi:{simulator.url}{device.device_id}" for device in simulator.devices]
        _print_json(arguments, {"url": simulator.url, "devices": places})

    serve(
        simulation,
        faults=arguments.fault,
        presentation=arguments.presents,
        tell=_tell(arguments),
        started=started if arguments.json else None,
    )


def _serve_camera(arguments: argparse.Namespace) -> None:
    from devices.simulators.cameras import serve_camera, simulated_camera

    camera = simulated_camera(arguments.what, port=arguments.port or 0, show=arguments.show)
    _print_json(arguments, {"url": camera.uri, "devices": [camera.uri]})
    serve_camera(camera, faults=arguments.fault, tell=_tell(arguments))


def _print_json(arguments: argparse.Namespace, document: dict[str, Any]) -> None:
    if arguments.json:
        print(json.dumps(document), flush=True)


def _tell(arguments: argparse.Namespace) -> Callable[[str], None]:
    def tell(line: str) -> None:
        if not arguments.json:
            print(shared.printable(line), flush=True)

    return tell
