"""Arguments that several verbs share."""

from __future__ import annotations

import argparse
import errno
import getpass
import json
import os
import sys
import tempfile
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biometrics.errors import BiometricsError, ConfigurationError, StorageError
from biometrics.positions import Modality, Position
from biometrics.records import DEFAULT_GALLERY

if TYPE_CHECKING:
    from biometrics.records import Actor


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add --json, which replaces the text on standard output by one JSON document."""
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of text")


def add_actor(parser: argparse.ArgumentParser) -> None:
    """Add --actor and --purpose: who asks and why, as the audit trail records it."""
    parser.add_argument("--actor", metavar="NAME", help="who asks, for the audit trail (default: KURA_ACTOR, or login)")
    parser.add_argument("--purpose", metavar="TEXT", help="why the data are needed, for the audit trail")


def add_role(parser: argparse.ArgumentParser, usual: str) -> None:
    """Add --role, in which capacity the actor acts."""
    parser.add_argument(
        "--role",
        choices=("operator", "examiner", "supervisor"),
        default=usual,
        help=f"in which capacity you act (default: {usual})",
    )


def actor_of(arguments: argparse.Namespace, *, post: str | None = None, station: str | None = None) -> Actor:
    """Return who acts by the arguments of `add_actor` and `add_role`: an operator where nothing else is said.

    Raises
    ------
    ConfigurationError
        When nobody is named and the login has no name.
    RecordError
        When the name cannot be recorded.
    """
    from biometrics.records import Actor, ActorRole

    return Actor(
        name=acting_name(arguments),
        role=ActorRole(arguments.role) if "role" in arguments else ActorRole.OPERATOR,
        post=post,
        station=station,
        purpose=arguments.purpose,
    )


def acting_name(arguments: argparse.Namespace) -> str:
    """Return who acts by --actor, else KURA_ACTOR, else the login.

    Raises
    ------
    ConfigurationError
        When nobody is named and the login has no name.
    """
    name = os.environ.get("KURA_ACTOR") if arguments.actor is None else arguments.actor
    return _login() if name is None else str(name)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise ConfigurationError("nobody is named, and this login has no name", remedy="give --actor") from error


def add_language(parser: argparse.ArgumentParser, of: str = "the advice on portraits") -> None:
    """Add --language, in which people are advised."""
    parser.add_argument(
        "--language",
        type=_language,
        default=os.environ.get("KURA_LANGUAGE") or "en",
        metavar="en|fr|bm",
        help=f"language of {of}: English, French, Bambara (default: KURA_LANGUAGE, else en)",
    )


def _language(text: str) -> str:
    from models.face.quality.messages import LANGUAGES

    if text not in LANGUAGES:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(LANGUAGES)}")
    return text


def add_images(parser: argparse.ArgumentParser) -> None:
    """Add what may be said about images that no manifest describes."""
    parser.add_argument(
        "--modality",
        type=_modality,
        metavar="finger|face",
        help="what the images show (default: told from the picture)",
    )
    parser.add_argument(
        "--position",
        type=position,
        default=Position.UNKNOWN,
        help="which finger: a name or an ISO code (default: unknown)",
    )
    parser.add_argument(
        "--ppi", type=resolution, help="pixels per inch of fingerprints, whatever their files say; usually 500"
    )


def add_gallery(parser: argparse.ArgumentParser) -> None:
    """Add --gallery, in which people are searched and recorded."""
    parser.add_argument(
        "--gallery",
        default=DEFAULT_GALLERY,
        metavar="NAME",
        help=f"gallery to search and record in, as kura registry galleries lists it (default: {DEFAULT_GALLERY})",
    )


def add_profile(parser: argparse._ActionsContainer) -> None:
    """Add --profile, which of the simulator's profiles to follow."""
    parser.add_argument(
        "--profile",
        choices=("ordinary", "clean", "worn"),
        default="ordinary",
        help="how simulated fingers are pressed and how worn they are (default: ordinary)",
    )


def _modality(text: str) -> Modality:
    try:
        return Modality.parse(text)
    except BiometricsError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def position(text: str) -> Position:
    """Read a finger's name or ISO code, or `face`."""
    try:
        return Position.parse(text)
    except BiometricsError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def port(text: str) -> int:
    """Read a port's number; 0 is any free one."""
    return whole_number(text, most=65_535)


def whole_number(text: str, *, least: int = 0, most: int = 999_999_999) -> int:
    """Read a whole number, written in plain digits."""
    readable = text.isascii() and text.isdecimal() and len(text) <= len(str(most))
    if not (readable and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least:,} to {most:,}")
    return int(text)


def positive(text: str) -> int:
    """Read a whole number of at least 1."""
    return whole_number(text, least=1)


def resolution(text: str) -> float:
    """Read pixels per inch; whether fingerprints may have that many is for who reads them to say."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of pixels per inch") from None


def folder(text: str) -> Path:
    """Read a folder's path; an empty one is a slip, not the current folder."""
    from api.command_line import home

    return home(text)


def counted(count: int, noun: str) -> str:
    """Return a count and what is counted: `1 print`, `2 prints`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def printable(text: str) -> str:
    """Return text whose control characters, but for line feeds, are escaped: a file name must not steer a terminal.

    Spaces of any width are text: French writes thousands apart with narrow ones.
    """
    return "".join(letter if _shown(letter) else ascii(letter)[1:-1] for letter in text)


def _shown(letter: str) -> bool:
    return letter == "\n" or letter.isprintable() or unicodedata.category(letter) == "Zs"


def require_writable(path: Path) -> None:
    """Refuse a result file that could not be written, before hours are spent on the result.

    Raises
    ------
    StorageError
        When it is a folder, or its folder takes no new file.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise StorageError(
            f"the file cannot be written: {error.strerror}", source=str(path), remedy="name another file"
        ) from error


def print_json(document: Any) -> None:
    """Print a JSON document on standard output."""
    print(json.dumps(document, indent=2, ensure_ascii=False))


def complain(message: str) -> None:
    """Say on standard error how a verb was misused."""
    print(f"kura: {message}", file=sys.stderr)


def named(label: str, simulated: bool) -> str:
    """Return a person's identifier as text output shows it: a simulated person never without the word."""
    return f"{label} (simulated)" if simulated else label


def add_home(parser: argparse.ArgumentParser) -> None:
    """Let --home stand behind a step's name too."""
    from api.command_line import home

    parser.add_argument("--home", type=home, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
