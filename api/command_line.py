"""The command `kura`: finds its verbs by entry point, imports only the one asked for, turns errors into exit codes."""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import sys
import threading
import traceback
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Protocol, cast

from biometrics.errors import BiometricsError, ProcessingError, StorageError

DONE, NEGATIVE, MISUSE, BAD_INPUT, INTERNAL_ERROR, INTERRUPTED, OUTPUT_CLOSED = 0, 1, 2, 3, 70, 130, 141

VERB_GROUP = "kura.verbs"

_DESCRIPTION = "Enroll people from fingerprints and faces, find them again, and report duplicates."
_EPILOG = (
    "Exit codes: 0 done, 1 negative answer of verify or identify, 2 misuse, "
    "3 input, record or file that could not be used."
)

_HOME = "folder of the installation (default: KURA_HOME, or the user's data folder)"


class Verb(Protocol):
    """What a verb's module offers."""

    SUMMARY: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the verb's arguments."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Do the work and return the exit code."""
        ...


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = sys.argv[1:] if argv is None else argv
    as_json = "--json" in words
    heard: list[int] = []
    try:
        _print_anything()
        _listen(heard)
        arguments = _parser(words).parse_args(words)
        _configure_logs()
        code = cast("Verb", arguments.verb_module).run(arguments)
        sys.stdout.flush()
    except BiometricsError as error:
        return _report(error, BAD_INPUT, as_json=as_json)
    except KeyboardInterrupt as interruption:
        return _report(_said_by(interruption), INTERRUPTED, as_json=as_json)
    except BrokenPipeError:  # the reader of our output went away, for example `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OUTPUT_CLOSED
    except Exception as error:  # noqa: BLE001 - an unforeseen failure must not look like a negative answer
        # A compiled module that is interrupted while it loads makes an error of its own of it.
        if heard:
            return _report(_INTERRUPTION, INTERRUPTED, as_json=as_json)
        return _report_unforeseen(error, as_json=as_json)
    return code


_INTERRUPTION = BiometricsError(
    "interrupted; what was reported as done is kept", remedy="run the same command again to go on"
)


def _said_by(interruption: KeyboardInterrupt) -> BiometricsError:
    """Return what the verb that was interrupted has to say, where it has something of its own."""
    said = interruption.args[0] if interruption.args else None
    return said if isinstance(said, BiometricsError) else _INTERRUPTION


def _listen(heard: list[int]) -> None:
    """Let the signals that ask for an end raise KeyboardInterrupt, and note them."""

    def interrupt(number: int, _: object) -> None:
        heard.append(number)
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        for asked in (signal.SIGINT, signal.SIGTERM):
            signal.signal(asked, interrupt)


def _print_anything() -> None:
    """Let file names that are no valid text be printed, escaped, instead of ending the work."""
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115 - closed by the caller's shell
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _parser(words: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kura", description=_DESCRIPTION, epilog=_EPILOG)
    parser.add_argument("--home", type=home, help=_HOME)
    parser.set_defaults(json=False)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for entry in _wanted(words):
        module = cast("Verb", entry.load())
        verb_parser = verbs.add_parser(entry.name, help=module.SUMMARY, description=module.SUMMARY, epilog=_EPILOG)
        # Suppressed, so that a --home before the verb is not overwritten by the verb's default.
        verb_parser.add_argument("--home", type=home, default=argparse.SUPPRESS, help=_HOME)
        module.add_arguments(verb_parser)
        verb_parser.set_defaults(verb_module=module)
    return parser


def home(text: str) -> Path:
    """Read the folder of an installation; an empty one is a slip, not the current folder."""
    if not text:
        raise argparse.ArgumentTypeError("the folder is empty")
    return Path(text)


def _wanted(words: list[str]) -> list[EntryPoint]:
    found = sorted(entry_points(group=VERB_GROUP), key=lambda entry: entry.name)
    named = [entry for entry in found if entry.name in words]
    return named or found


def _configure_logs() -> None:
    import structlog  # noqa: PLC0415 - not needed for help

    level = os.environ.get("KURA_LOG", "warning").upper()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS.get(level, _LEVELS["WARNING"])),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}


def _report(error: BiometricsError, code: int, *, as_json: bool) -> int:
    print(f"kura: {error}", file=sys.stderr)
    try:
        if as_json:
            print(json.dumps({"error": describe(error)}, indent=2), flush=True)
    except OSError:
        pass  # whoever reads our output has it on standard error
    return code


def _report_unforeseen(error: Exception, *, as_json: bool) -> int:
    if os.environ.get("KURA_LOG", "").lower() == "debug":
        traceback.print_exception(error)
    if isinstance(error, OSError):
        refusal = f"the operating system refused: {error.strerror}"
        return _report(StorageError(refusal, remedy="check space and permissions"), BAD_INPUT, as_json=as_json)
    if isinstance(error, MemoryError):
        remedy = "free some memory, or name a gallery_folder in the settings, where most of a gallery then lies"
        return _report(ProcessingError("memory is short", remedy=remedy), BAD_INPUT, as_json=as_json)
    mistake = f"internal error {type(error).__name__}"
    remedy = "KURA_LOG=debug shows where; please report it"
    return _report(ProcessingError(mistake, remedy=remedy), INTERNAL_ERROR, as_json=as_json)


def describe(error: BiometricsError) -> dict[str, str | None]:
    """Return an error as it appears in JSON output."""
    return {"type": error.kind, "message": error.message, "source": error.source, "remedy": error.remedy}
