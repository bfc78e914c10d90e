"""`kura devices preview`: what a device sees, with what the person should do."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from api.verbs import arguments as shared
from api.verbs.devices_steps import finding

if TYPE_CHECKING:
    from devices.contract import Frame
    from devices.opened import OpenDevice
    from enrollment.capture.preview import Preview, Previewer

NAME, SUMMARY = (
    "preview",
    "show what a device sees and what the person should do, as lines or on a page; nothing is kept",
)


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    finding.add_uri(step)
    finding.add_timeout(step, 30.0, "to show it for")
    finding.add_presented(step)
    shared.add_language(step)
    step.add_argument("--page", action="store_true", help="show it on a page of this machine, whose address is printed")
    step.add_argument(
        "--port", type=shared.port, default=0, metavar="N", help="port of the page on 127.0.0.1 (default: any free one)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Show until the time is up; Ctrl-C ends it."""
    from api.command_line import BAD_INPUT, DONE
    from api.devices.lookers import Lookers
    from devices.opened import open_device
    from enrollment.capture.preview import Previewer
    from models.store import ModelStore

    with open_device(arguments.uri, finding.drivers_of(arguments)) as device:
        positions, slap = finding.presented(arguments, device.info)
        previewer = Previewer(Lookers(ModelStore()).of(device.info, positions, slap))
        if arguments.page:
            return DONE if _on_page(arguments, device, previewer) else BAD_INPUT
        _as_lines(arguments, device.stream(timeout_s=arguments.timeout), previewer)
    return DONE


def _as_lines(arguments: argparse.Namespace, frames: Iterable[Frame], previewer: Previewer) -> None:
    """Print what is to be done whenever that changes; with --json, a line per frame."""
    said: tuple[str, ...] = ()
    count = 0
    for frame in frames:
        seen, count = previewer.see(frame), count + 1
        if arguments.json:
            print(json.dumps(_document(seen, arguments.language), ensure_ascii=False), flush=True)
            continue
        told = tuple(hint.text(arguments.language) for hint in seen.hints)
        if told and told != said:
            said = told
            print(f"{frame.number}: {'; '.join(told)}", flush=True)
    print(f"{shared.counted(count, 'frame')} seen; nothing was kept", file=sys.stderr)


def _document(seen: Preview, language: str) -> dict[str, object]:
    return {
        "frame": seen.frame.number,
        "captured_at": seen.frame.captured_at.isoformat(),
        "hints": [{"key": hint.key, "blocking": hint.blocking, "told": hint.text(language)} for hint in seen.hints],
        "score": seen.look.score,
        "progress": round(seen.progress, 2),
        "took_ms": round(1000 * seen.took_s, 1),
    }


def _on_page(arguments: argparse.Namespace, device: OpenDevice, previewer: Previewer) -> bool:
    """Serve the page until the stream's time is up; say whether it was that which ended it."""
    from contextlib import closing

    from api.devices.preview_page import serve_preview

    def look(frame: Frame) -> list[str]:
        return [hint.text(arguments.language) for hint in previewer.see(frame).hints]

    frames = device.stream(timeout_s=arguments.timeout)
    page = serve_preview(frames, look, device=device.info.descriptor, port=arguments.port, language=arguments.language)
    with closing(page):
        print(json.dumps({"url": page.url}) if arguments.json else f"open {page.url}", flush=True)
        ended = page.wait()
    if ended is not None and ended.failed:
        shared.complain(ended.told)
    return ended is None or not ended.failed
