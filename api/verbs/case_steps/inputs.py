"""What the steps of `kura case` take alike."""

from __future__ import annotations

import argparse


def add_case(step: argparse.ArgumentParser) -> None:
    """Add CASE."""
    step.add_argument("case", metavar="CASE", help="identifier of the case")


def add_reason(step: argparse.ArgumentParser, what: str) -> None:
    """Add --reason, which every step that moves a case needs."""
    step.add_argument("--reason", required=True, metavar="TEXT", help=what)
