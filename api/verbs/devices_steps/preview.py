"""`kura devices preview`: what a device sees, with what the person should do."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from api.verbs import arguments as shared
from api.verbs.devices_steps import finding

if TYPE_CHECKING:
    from api.devices.seeing import Seeing
    from devices.contract import Frame
    from devices.opened import OpenDevice

NAME, SUMMARY = (
    "preview",
    "show what a device sees and what the person should do, as lines or on a page; nothing is kept",
)


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    finding.add_uri(step)
    finding.add_timeout(step, 30.0, "to show it for")
    finding.add_presented(step)
    finding.add_language(step)
    step.add_argument("--page", action="store_true", help="show it on a page of this machine, whose address is printed")
    step.add_argument("--port", type=shared.port, metavar="N", help="of the page, on 127.0.0.1 (default: any free one)")


def run(arguments: argparse.Namespace) -> int:
    """Show until the time is up, or Ctrl-C; 1 when nothing was seen."""
    from api.command_line import DONE, MISUSE, NEGATIVE
    from api.devices.lookers import Lookers
    from api.devices.seeing import Seeing
    from devices.opened import open_device
    from models.store import ModelStore

    wrong = finding.misused(arguments) or ("--port is of a --page" if arguments.port and not arguments.page else "")
    if wrong:
        shared.complain(wrong)
        return MISUSE
    with open_device(arguments.uri, finding.drivers_of(arguments)) as device:
        positions, slap = finding.presented(arguments, device.info)
        seeing = Seeing.of(device.info, positions, slap, Lookers(ModelStore()), arguments.language)
        if arguments.page:
            return _on_page(arguments, device, seeing)
        with closing(device.stream(timeout_s=arguments.timeout)) as frames, suppress(KeyboardInterrupt):
            _as_lines(arguments, frames, seeing)
    print(f"{shared.counted(seeing.count, 'frame')} seen; nothing was kept", file=sys.stderr)
    return DONE if seeing.count else NEGATIVE


def _as_lines(arguments: argparse.Namespace, frames: Iterable[Frame], seeing: Seeing) -> None:
    """Print what is to be done whenever that changes; with --json, a line per frame."""
    if seeing.note:
        print(seeing.note, file=sys.stderr)
    for frame in frames:
        if arguments.json:
            print(json.dumps(seeing.document(frame), ensure_ascii=False), flush=True)
            continue
        for line in seeing.lines(frame):
            print(line, flush=True)


def _on_page(arguments: argparse.Namespace, device: OpenDevice, seeing: Seeing) -> int:
    """Serve the page until the stream's time is up, or Ctrl-C."""
    from api.command_line import BAD_INPUT, DONE
    from api.devices.preview_page import serve_preview

    frames = device.stream(timeout_s=arguments.timeout)
    page = serve_preview(
        frames,
        seeing.told,
        device=device.info.descriptor,
        port=arguments.port or 0,
        language=arguments.language,
    )
    with closing(page), suppress(KeyboardInterrupt):
        print(json.dumps({"url": page.url}) if arguments.json else f"open {page.url}", flush=True)
        ended = page.wait()
        if ended is not None and ended.failed:
            shared.complain(ended.told)
            return BAD_INPUT
    return DONE
