"""What the steps of `kura rights` take alike."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime, time


def add_person(step: argparse.ArgumentParser) -> None:
    """Add PERSON."""
    step.add_argument("person", metavar="PERSON", help="subject identifier, label, number (NINA) or receipt")


def add_reason(step: argparse.ArgumentParser, what: str = "why, for whoever reads the history") -> None:
    """Add --reason."""
    step.add_argument("--reason", required=True, metavar="TEXT", help=what)


def add_second(step: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add --approver."""
    step.add_argument("--approver", required=required, metavar="NAME", help="who else looked at it, and agrees")


def add_request(step: argparse.ArgumentParser) -> None:
    """Add --request, the request that a measure answers."""
    step.add_argument("--request", metavar="REQUEST", help="the request that this answers, by its identifier")


def day(text: str) -> datetime:
    """Read the beginning of a day, UTC."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write it as 2026-01-31") from None
