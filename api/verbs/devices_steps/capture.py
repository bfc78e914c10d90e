"""`kura devices capture`: one finger, slap or face, or a whole person, as files that `kura enroll` takes."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from api.verbs import arguments as shared
from api.verbs.devices_steps import finding
from biometrics.errors import BiometricsError, CaptureError
from biometrics.people.exceptions import CaptureException, ExceptionReason, Presence
from biometrics.positions import Position

if TYPE_CHECKING:
    from api.devices.capture_folder import CaptureFolder
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
        help="a new folder for pictures, manifest and report, in the clear; an interrupted capture in it goes on",
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
    finding.add_language(step)


def _exception(text: str) -> tuple[tuple[Position, ...], ExceptionReason]:
    names, _, reason = text.partition("=")
    try:
        return finding.positions(names), ExceptionReason(reason)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{reason!r} is none of {_REASONS}") from None


def run(arguments: argparse.Namespace) -> int:
    """Capture; what was done is kept, and the same command goes on after an interruption."""
    from api.command_line import DONE, MISUSE
    from api.devices.capture_folder import CaptureFolder
    from enrollment.submission import check_label

    wrong = _misused(arguments)
    if wrong:
        shared.complain(wrong)
        return MISUSE
    label, folder = check_label(arguments.person, "--person"), CaptureFolder(arguments.out)
    folder.require_usable(label)
    person = _capture(arguments, label, folder, _exceptions(arguments))
    _report(arguments, label, folder, person)
    return DONE


def _misused(arguments: argparse.Namespace) -> str:
    """Return what is wrong with the arguments together; nothing where they can be followed."""
    if not arguments.person.strip():
        return "--person names nobody"
    about_exceptions = (arguments.approver, arguments.without_photo, arguments.permanent or None)
    if not arguments.excepted and any(given is not None for given in about_exceptions):
        return "--permanent, --approver and --without-photo are about an exception: give --except too"
    if arguments.excepted and (arguments.approver is None or arguments.without_photo is None):
        return "an exception needs --approver, who allowed it, and --without-photo, why there is no photo of it"
    return finding.misused(arguments)


def _capture(
    arguments: argparse.Namespace, label: str, folder: CaptureFolder, exceptions: tuple[CaptureException, ...]
) -> CapturedPerson:
    from api import wiring
    from api.devices.capturing import CaptureOrder, by_modality, capture_into_folder, require_devices
    from api.devices.lookers import Lookers
    from api.installation import look_at_installation
    from api.progress import progress_display
    from devices.drivers import Drivers
    from devices.opened import open_device
    from enrollment.capture.comparing import CalibratedComparison
    from enrollment.capture.judging import CaptureTools
    from models.store import ModelStore

    installation = look_at_installation(arguments.home)
    settings = installation.settings
    allow_simulated = settings.devices.allow_simulated
    drivers = Drivers(settings.devices.choices(installation.home))
    with ExitStack() as held:
        opened = [held.enter_context(open_device(uri, drivers)) for uri in arguments.uris]
        devices = by_modality(opened, allow_simulated=allow_simulated)
        order = CaptureOrder(
            label=label,
            operator=shared.acting_name(arguments),
            folder=folder,
            plan=_plan(arguments, opened),
            allow_simulated=allow_simulated,
            exceptions=exceptions,
        )
        require_devices(order.plan, devices)
        with progress_display() as progress:
            extractors = wiring.load_extractors(installation, progress)
        tools = CaptureTools(extractors=extractors, compare=CalibratedComparison(), policy=settings.capture)
        operator = _operator(arguments)
        return capture_into_folder(order, devices, tools, Lookers(ModelStore()), operator)


def _plan(arguments: argparse.Namespace, devices: list[OpenDevice]) -> CapturePlan:
    """Return what is captured: what is named, else the face where a camera is there.

    Raises
    ------
    CaptureError
        When a finger is needed and none is named, or a slap that the scanner does not take.
    """
    from devices.contract import DeviceKind
    from enrollment.capture.plan import CapturePlan, CaptureStep, PlanKind

    scanners = (one.info for one in devices if one.info.descriptor.kind is DeviceKind.FINGERPRINT_SCANNER)
    scanner = next(scanners, None)
    if arguments.plan:
        return CapturePlan.of(PlanKind(arguments.plan), scanner=scanner)
    positions, slap = finding.presented(arguments, devices[0].info)
    if positions == (Position.UNKNOWN,):
        raise CaptureError(
            "nobody said which finger is presented",
            source=devices[0].info.descriptor.uri,
            remedy="give --position, --slap, or --plan for a whole person",
        )
    if slap is not None and scanner is not None and slap not in scanner.slaps:
        raise CaptureError(
            f"the device does not take the fingers of --slap {slap.value} together",
            source=scanner.descriptor.uri,
            remedy="name a finger with --position, or a --plan, which asks for one finger at a time where it has to",
        )
    return CapturePlan(steps=(CaptureStep(positions=positions, slap=slap),))


def _exceptions(arguments: argparse.Namespace) -> tuple[CaptureException, ...]:
    return tuple(
        CaptureException(
            positions=positions,
            reason=reason,
            presence=Presence.PERMANENT if arguments.permanent else Presence.TEMPORARY,
            approver=arguments.approver,
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
        try:
            answer = sys.stdin.readline()
        except UnicodeDecodeError:
            return ""  # keys that are no text are no answer
        if not answer:
            print(file=sys.stderr)
            raise KeyboardInterrupt(
                BiometricsError(
                    "nobody answers any more; all that was captured is kept", remedy="run the same command to go on"
                )
            )
        return answer

    return Operator(say=say, ask=ask if sys.stdin.isatty() else None, language=arguments.language)


def _report(arguments: argparse.Namespace, label: str, folder: CaptureFolder, person: CapturedPerson) -> None:
    from api.devices.recording import except_command

    recording = [except_command(label, exception) for exception in person.exceptions]
    if arguments.json:
        document = person.document() | {"manifest": str(folder.manifest), "next": [folder.next_command, *recording]}
        shared.print_json(document)
        return
    mark = " (simulated: shows nobody)" if person.simulated else ""
    print(f"captured {shared.counted(len(person.best), 'position')} into {shared.printable(str(folder.path))}{mark}")
    for position, one in person.best.items():
        print(f"  {position.value}: quality {one.quality}")
    for exception in person.exceptions:
        named = ", ".join(position.value for position in exception.positions)
        print(f"  {named}: {exception.reason.value}, approved by {shared.printable(exception.approver)}")
    print(f"enroll: {shared.printable(folder.next_command)}")
    for command in recording:
        print(f"then record: {shared.printable(command)}")
