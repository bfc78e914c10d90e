"""`kura registry receipts`: receipts that posts handed out, held against what is recorded."""

from __future__ import annotations

import argparse
import csv
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from api.verbs import asking

if TYPE_CHECKING:
    from registry.receipts import IssuedReceipt

NAME, SUMMARY = "receipts", "say which receipts that were handed out have no encounter, post by post"

_COLUMNS = ("receipt", "post")


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("file", type=Path, metavar="FILE.csv", help="columns receipt and, where known, post")
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Compare; 1 when a receipt is not recorded."""
    from api.command_line import NEGATIVE
    from enrollment.operations.upkeep import RECONCILE, Reconcile

    issued = read_receipts(arguments.file)
    found = asking.ask(arguments, RECONCILE, Reconcile(issued=issued))
    by_post = {"missing": _by_post(found.missing), "recorded_at_another_post": _by_post(found.elsewhere)}
    document: dict[str, Any] = {"receipts": len(issued), "recorded": found.recorded, **by_post}
    lines = [f"{found.recorded} of {shared.counted(len(issued), 'receipt')} recorded"]
    for what, posts in by_post.items():
        for post, numbers in posts.items():
            lines.append(f"{what.replace('_', ' ')}, {post or 'no post said'}: {', '.join(numbers)}")
    code = asking.report(arguments, document, lines)
    return NEGATIVE if found.missing else code


def read_receipts(path: Path) -> tuple[IssuedReceipt, ...]:
    """Read receipts from a CSV file, each once.

    Raises
    ------
    ManifestError
        When the file cannot be read, has other columns, or a line without a receipt.
    """
    from biometrics.errors import ManifestError
    from registry.receipts import IssuedReceipt

    place = shared.printable(str(path))
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            if "receipt" not in (rows.fieldnames or ()) or not {*(rows.fieldnames or ())} <= {*_COLUMNS}:
                remedy = f"write a first line with {' and '.join(_COLUMNS)}, parted by a comma"
                raise ManifestError("the file has other columns than it should", source=place, remedy=remedy)
            found: dict[str, IssuedReceipt] = {}
            for row in rows:
                number = (row["receipt"] or "").strip()
                if not number or None in row:
                    source = f"{place}:{rows.line_num}"
                    raise ManifestError("the line is not a receipt", source=source, remedy="correct or remove the line")
                found[number] = IssuedReceipt(number=number, post=(row.get("post") or "").strip() or None)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ManifestError("the file cannot be read as CSV in UTF-8", source=place, remedy="check the file") from error
    return tuple(found.values())


def _by_post(receipts: tuple[IssuedReceipt, ...]) -> dict[str, list[str]]:
    ordered = sorted(receipts, key=lambda one: (one.post or "", one.number))
    return {post: [one.number for one in some] for post, some in groupby(ordered, key=lambda one: one.post or "")}
