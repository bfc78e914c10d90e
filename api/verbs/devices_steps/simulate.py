"""`kura devices simulate`: devices of nobody that speak the real protocols, until Ctrl-C."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import arguments as shared
from api.verbs.devices_steps import finding

NAME, SUMMARY = "simulate", "serve a simulated device over its real protocol, for trying out and testing clients"


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
        "--person", type=shared.whole_number, default=1, metavar="N", help="sbi: whose fingers (default: 1)"
    )
    step.add_argument("--seed", type=shared.whole_number, default=0, help="sbi: which visit of the person (default: 0)")
    step.add_argument(
        "--missing", type=finding.fingers, default=frozenset(), metavar="NAMES", help="sbi: fingers the person lacks"
    )
    shared.add_profile(step)
    step.add_argument("--trust", type=Path, metavar="FILE", help="sbi: write the root certificate there, in PEM")
    step.add_argument("--keys", type=shared.folder, metavar="DIR", help="sbi: keep keys and certificates there")
    step.add_argument("--faces", type=shared.folder, metavar="DIR", help="sbi: portraits for a simulated face camera")
    step.add_argument("--environment", default="Developer", help="sbi: env of the devices (default: Developer)")
    step.add_argument("--level", choices=("L0", "L1"), default="L1", help="sbi: certification level (default: L1)")
    step.add_argument(
        "--presents", default="as-asked", metavar="NAME", help="sbi: what the person does; docs/devices.md lists names"
    )
    step.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME",
        help="what goes wrong, again and again; may be repeated; docs/devices.md lists names",
    )
    step.add_argument("--show", type=Path, metavar="PATH", help="cameras: a folder of pictures, or a video")


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to end."""
    from api.command_line import DONE

    _serve_sbi(arguments) if arguments.what == "sbi" else _serve_camera(arguments)
    return DONE


def _serve_sbi(arguments: argparse.Namespace) -> None:
    from devices.simulators.sbi import Person, Simulation, serve

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
    serve(simulation, faults=arguments.fault, presentation=arguments.presents, tell=_tell)


def _serve_camera(arguments: argparse.Namespace) -> None:
    from devices.simulators.cameras import serve_camera, simulated_camera

    camera = simulated_camera(arguments.what, port=arguments.port or 0, show=arguments.show)
    serve_camera(camera, faults=arguments.fault, tell=_tell)


def _tell(line: str) -> None:
    print(shared.printable(line), flush=True)
