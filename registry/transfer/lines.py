"""Lines of a JSON Lines file, one at a time, with where each ends; whatever is wrong with one spoils no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NoReturn

from biometrics.errors import PersonDataError

MOST_LINE_BYTES = 32 << 20
"""Of one person: ten fingers and a face have some 60 KB of templates; images are not in lines."""

_PIECE_BYTES = 1 << 16
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WRITE_ANEW = "write the line anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a file.

    Parameters
    ----------
    number
        From 1.
    end
        Byte behind it.
    data
        Without its end; None where the line is longer than any line may be.
    """

    number: int
    end: int
    data: bytes | None = field(repr=False)


def read_lines(file: BinaryIO, number: int = 0, start: int = 0) -> Iterator[Line]:
    """Yield the lines that follow line `number`, which ends at byte `start`; empty ones are left out."""
    file.seek(start)
    end = start
    while found := file.readline(MOST_LINE_BYTES + 1):
        number += 1
        end += len(found)
        data: bytes | None = found
        if len(found) > MOST_LINE_BYTES and not found.endswith(b"\n"):
            data = None
            while (piece := file.readline(_PIECE_BYTES)) and not piece.endswith(b"\n"):
                end += len(piece)
            end += len(piece)
        elif number == 1:
            data = found.removeprefix(_BYTE_ORDER_MARK)
        stripped = None if data is None else data.strip()
        if stripped != b"":
            yield Line(number=number, end=end, data=stripped)


def parse_line(line: Line) -> dict[str, object]:
    """Return the JSON object of a line.

    Raises
    ------
    PersonDataError
        When it holds none, or numbers that are none.
    """
    if line.data is None:
        raise PersonDataError(
            f"the line has more than {MOST_LINE_BYTES >> 20} MB", remedy="name images by digest instead of holding them"
        )
    try:
        document = json.loads(line.data.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise PersonDataError("the line is not UTF-8", remedy="write the file in UTF-8") from None
    except (ValueError, RecursionError):
        raise PersonDataError("the line is not JSON", remedy=_WRITE_ANEW) from None
    if not isinstance(document, dict):
        raise PersonDataError("the line is not a JSON object", remedy=_WRITE_ANEW)
    return document


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError
