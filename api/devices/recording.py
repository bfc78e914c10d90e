"""The command that records a capture's exception with the person, once the person is enrolled."""

from __future__ import annotations

from shlex import quote

from api.shell import program
from biometrics.people.exceptions import CaptureException, Presence


def except_command(label: str, exception: CaptureException) -> str:
    """Return the whole command, as a shell takes it.

    Parameters
    ----------
    label
        By which the person is enrolled.
    exception
        Without a photo, as those of a capture are.
    """
    words = [program(), "person", "except", _option("--because", exception.reason.value)]
    if exception.presence is Presence.PERMANENT:
        words.append("--permanent")
    words.append(_option("--approver", exception.approver))
    words.append(_option("--without-photo", exception.without_photo or ""))
    if label.startswith("-"):
        words.append("--")
    return " ".join([*words, quote(label), *(position.value for position in exception.positions)])


def _option(name: str, value: str) -> str:
    """Return an option with its value, which is not to be taken for an option itself."""
    return f"{name}={quote(value)}" if value.startswith("-") else f"{name} {quote(value)}"
