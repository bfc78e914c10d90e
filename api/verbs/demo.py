"""`kura demo`: simulated people from nothing to a report, in a folder of its own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared

if TYPE_CHECKING:
    from api.demo.demonstration import Demonstration, Say
    from api.demo.findings import Findings
    from api.demo.folder import DemoFolder
    from enrollment.simulation import PopulationPlan

SUMMARY = "simulate people, enroll them, find those who were planted twice, and show it all on one page"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--persons",
        type=_persons,
        default=48,
        metavar="N",
        help="how many enrollments to simulate, every eighth a planted duplicate (default: 48)",
    )
    parser.add_argument(
        "--seed", type=shared.whole_number, default=1, help="another seed is another population (default: 1)"
    )
    parser.add_argument(
        "--out",
        type=shared.folder,
        default=Path("kura-demo"),
        metavar="DIR",
        help="folder of the demo; what an earlier demo left there is deleted (default: kura-demo)",
    )
    shared.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the demo; 0 when it ran through, whatever it found."""
    from api.command_line import DONE, MISUSE
    from api.demo.demonstration import Demo
    from api.demo.folder import emptied_folder
    from api.demo.truth import demo_plan
    from api.progress import progress_display
    from api.shell import program

    if arguments.home is not None:
        shared.complain("a demo makes an installation of its own; name its folder with --out instead of --home")
        return MISUSE
    plan = demo_plan(arguments.persons, arguments.seed)
    with emptied_folder(arguments.out) as folder, progress_display() as progress:
        demo = Demo(folder=folder, plan=plan, program=program(), say=_say(arguments.json), progress=progress)
        shown = demo.run()
    if arguments.json:
        shared.print_json(_document(shown, folder, plan))
    else:
        _print_last_lines(shown, folder)
    return DONE


def _persons(text: str) -> int:
    from api.demo.truth import LEAST_PERSONS
    from enrollment.simulation.plan import LARGEST_POPULATION

    return shared.whole_number(text, least=LEAST_PERSONS, most=LARGEST_POPULATION)


def _print_last_lines(shown: Demonstration, folder: DemoFolder) -> None:
    print(f"\n{shown.findings.detail}")
    print(shown.findings.sentence)
    print(f"report: {folder.report}")
    print("to type next:")
    for step in shown.next_steps:
        print(f"  {step.command}    # {step.purpose}")


def _say(as_json: bool) -> Say:
    return (lambda _: None) if as_json else _print_line


def _print_line(line: str) -> None:
    print(line, flush=True)


def _document(shown: Demonstration, folder: DemoFolder, plan: PopulationPlan) -> dict[str, Any]:
    found = shown.findings
    return {
        "simulated": True,
        "persons": plan.persons,
        "seed": plan.seed,
        "enrolled": shown.enrolled,
        "planted": found.planted,
        "found": found.found,
        "missed": [sorted(pair) for pair in found.missed],
        "false": found.false,
        **_by_finding(found),
        "report": str(folder.report),
        "home": str(folder.home),
        "stages": [
            {"name": one.name, "seconds": round(one.seconds, 2), "count": one.count, "unit": one.unit}
            for one in shown.stages
        ],
        "next": [step.command for step in shown.next_steps],
    }


def _by_finding(found: Findings) -> dict[str, int]:
    from matching.policy import Finding

    return {
        f"{truth}_{name}": found.count(finding, planted=planted)
        for truth, planted in (("found", True), ("false", False))
        for name, finding in (("probable", Finding.DUPLICATE), ("doubtful", Finding.REVIEW))
    }
