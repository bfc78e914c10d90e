"""`kura devices capture`: one finger, slap or face, or a whole person, as files that `kura enroll` takes."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from api.verbs import arguments as shared
from api.verbs.devices_steps import finding
from biometrics.people.exceptions import CaptureException, ExceptionReason, Presence
from biometrics.positions import Position

if TYPE_CHECKING:
    from api.devices.operator import Operator
    from devices.opened import OpenDevice
    from enrollment.capture.captured_person import CapturedPerson
    from enrollment.capture.plan import CapturePlan

NAME, SUMMARY = "capture", "capture a finger, a slap, a face or a whole person into files that kura enroll takes"

_PLANS = ("ten", "slaps", "singles", "four", "face")
_REASONS = ", ".join(reason.value for reason in ExceptionReason)


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument(
        "uris", nargs="+", metavar="URI", help="of a scanner, a camera, or one of each, as kura devices list prints it"
    )
    step.add_argument("--person", required=True, metavar="LABEL", help="by which the person will be enrolled")
    step.add_argument(
        "--out",
        type=shared.folder,
        required=True,
        metavar="DIR",
        help="for pictures, manifest and report, in the clear",
    )
    which = finding.add_presented(step)
    which.add_argument(
        "--plan",
        choices=_PLANS,
        help="a whole person: ten (slaps, thumbs, face), slaps, singles, four (thumbs and index fingers), face",
    )
    step.add_argument(
        "--except",
        dest="excepted",
        action="append",
        type=_exception,
        default=[],
        metavar="NAMES=WHY",
        help=f"what cannot be captured, such as left_ring,left_little=amputated; WHY is one of {_REASONS}",
    )
    step.add_argument("--permanent", action="store_true", help="these exceptions are for good")
    step.add_argument("--approver", metavar="NAME", help="who allows them: somebody else than who captures")
    step.add_argument("--without-photo", metavar="TEXT", help="why there is no photo of them")
    step.add_argument("--actor", metavar="NAME", help="who captures (default: KURA_ACTOR, or login)")
    shared.add_language(step)


def _exception(text: str) -> tuple[tuple[Position, ...], ExceptionReason]:
    names, _, reason = text.partition("=")
    try:
        return tuple(finding.fingers(names)), ExceptionReason(reason)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{reason!r} is none of {_REASONS}") from None


def run(arguments: argparse.Namespace) -> int:
    """Capture; what was done is kept, and the same command goes on after an interruption."""
    from api.command_line import DONE
    from api.devices.capturing import CaptureOrder, by_modality, capture_into_folder, require_devices
    from api.devices.lookers import Lookers
    from api.installation import look_at_installation
    from api.progress import progress_display
    from api.wiring import load_extractors
    from devices.drivers import Drivers
    from devices.opened import open_device
    from enrollment.capture.comparing import CalibratedComparison
    from enrollment.capture.judging import CaptureTools
    from enrollment.submission import check_label
    from models.store import ModelStore

    order_label = check_label(arguments.person, "--person")
    installation = look_at_installation(arguments.home)
    settings = installation.settings
    drivers = Drivers(settings.devices.choices(installation.home))
    with ExitStack() as held:
        opened = [held.enter_context(open_device(uri, drivers)) for uri in arguments.uris]
        devices = by_modality(opened, allow_simulated=settings.devices.allow_simulated)
        plan = _plan(arguments, opened)
        require_devices(plan, devices)
        with progress_display() as progress:
            extractors = load_extractors(installation, progress)
        tools = CaptureTools(extractors=extractors, compare=CalibratedComparison(), policy=settings.capture)
        order = CaptureOrder(
            label=order_label,
            operator=shared.acting_name(arguments),
            folder=arguments.out,
            plan=plan,
            exceptions=_exceptions(arguments),
        )
        person = capture_into_folder(order, devices, tools, Lookers(ModelStore()), _operator(arguments))
    _report(arguments, person)
    return DONE


def _plan(arguments: argparse.Namespace, devices: list[OpenDevice]) -> CapturePlan:
    """Return what is captured: what is named, else one finger or the face by what the device is."""
    from devices.contract import DeviceKind
    from enrollment.capture.plan import CapturePlan, CaptureStep, PlanKind

    if arguments.plan:
        scanners = (one.info for one in devices if one.info.descriptor.kind is DeviceKind.FINGERPRINT_SCANNER)
        return CapturePlan.of(PlanKind(arguments.plan), scanner=next(scanners, None))
    positions, slap = finding.presented(arguments, devices[0].info)
    return CapturePlan(steps=(CaptureStep(positions=positions, slap=slap),))


def _exceptions(arguments: argparse.Namespace) -> tuple[CaptureException, ...]:
    return tuple(
        CaptureException(
            positions=positions,
            reason=reason,
            presence=Presence.PERMANENT if arguments.permanent else Presence.TEMPORARY,
            approver=arguments.approver or "",
            without_photo=arguments.without_photo,
        )
        for positions, reason in arguments.excepted
    )


def _operator(arguments: argparse.Namespace) -> Operator:
    from api.devices.operator import Operator

    def say(line: str) -> None:
        print(shared.printable(line), file=sys.stderr, flush=True)

    def ask(question: str) -> str:
        print(shared.printable(question), end="", file=sys.stderr, flush=True)
        answer = sys.stdin.readline()
        if not answer:
            raise KeyboardInterrupt  # nobody is there any more; what was captured is kept
        return answer.strip()

    return Operator(say=say, ask=ask if sys.stdin.isatty() else None, language=arguments.language)


def _report(arguments: argparse.Namespace, person: CapturedPerson) -> None:
    from api.shell import program, word
    from enrollment.capture.handing_over import MANIFEST

    manifest: Path = arguments.out / MANIFEST
    command = f"{program()} enroll {word(manifest)}"
    if arguments.json:
        shared.print_json(person.document() | {"manifest": str(manifest), "next": command})
        return
    mark = " (simulated: shows nobody)" if person.simulated else ""
    print(f"captured {shared.counted(len(person.best), 'position')} into {shared.printable(str(arguments.out))}{mark}")
    for position, one in person.best.items():
        print(f"  {position.value}: quality {one.quality}")
    for exception in person.exceptions:
        named = ", ".join(position.value for position in exception.positions)
        print(f"  {named}: {exception.reason.value}, approved by {shared.printable(exception.approver)}")
    print(f"enroll: {command}")
