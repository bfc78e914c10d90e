"""Reading CBEFF files tolerantly, record by record, and never more of one than its limits allow.

Element order, case of names, and namespaces are forgiven where they can mean one thing only. A document type is
refused, and with it every entity and every reference to something outside the file.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable
from xml.parsers import expat

from biometrics.errors import ImageFormatError
from biometrics.interchange.cbeff import NAMESPACE, CbeffRecord
from biometrics.interchange.cbeff_fields import record_of

MOST_FILE_BYTES = 256 << 20
MOST_BLOCK_CHARACTERS = 96 << 20
"""Of base64: a biometric data block of 72 MB."""

_MOST_TEXT = 10_000
"""Characters of any other element; its words and dates have dozens."""

_MOST_DEPTH = 12
_MOST_ELEMENTS = 50_000
"""A file of all fingers, the face and both eyes has some 500."""

_PIECE_BYTES = 1 << 18
_MOST_TOKEN_BYTES = 4 * _PIECE_BYTES
"""Of one tag or comment: the parser looks at an unfinished one anew with every piece."""

_SEPARATOR = " "
_RECORD = "bir"
_COPY_AGAIN = "copy it again from its origin"


@runtime_checkable
class Readable(Protocol):
    """An open file, or whatever else gives its next bytes; none at its end."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes."""
        ...


def read_cbeff(stream: Readable) -> Iterator[CbeffRecord]:
    """Yield the records of a CBEFF file as they come, those that hold others left out.

    Raises
    ------
    ImageFormatError
        When it is no CBEFF file, is cut or damaged, has a document type, or is too large, too deep or too long.
    """
    assembler = _Assembler()
    parser = assembler.parser
    read = 0
    try:
        while piece := stream.read(_PIECE_BYTES):
            read += len(piece)
            if read > MOST_FILE_BYTES:
                raise _refused(f"the CBEFF file has more than {MOST_FILE_BYTES >> 20} MB")
            parser.Parse(piece, False)
            if read - parser.CurrentByteIndex > _MOST_TOKEN_BYTES:
                raise _refused("the CBEFF file has a tag or comment of a megabyte")
            while assembler.finished:
                yield assembler.finished.popleft()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise _refused(f"the CBEFF file is not well-formed at line {error.lineno}: {reason}") from error
    except (LookupError, ValueError) as error:  # what the parser makes of an encoding it does not know
        raise _refused("the CBEFF file is in an encoding that cannot be read") from error
    yield from assembler.finished


@dataclass(slots=True, kw_only=True)
class _Open:
    """A record whose end is still to come: the texts of its elements by path, and what was odd."""

    texts: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    has_children: bool = False
    notes: list[str] = field(default_factory=list)


class _Assembler:
    """What the parser calls; it holds one record at a time, and those around it."""

    def __init__(self) -> None:
        self.finished: deque[CbeffRecord] = deque()
        self.parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._path: list[str] = []
        self._records: list[_Open] = []
        self._characters: list[str] = []
        self._length = 0
        self._elements = 0
        self._foreign = 0

    def _refuse_doctype(self, *_: object) -> None:
        raise _refused("the CBEFF file has a document type, which may name files and entities")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        namespace, _, local = name.rpartition(_SEPARATOR)
        self._path.append(local.lower())
        if len(self._path) > _MOST_DEPTH or self._elements > _MOST_ELEMENTS:
            raise _refused("the CBEFF file has too many elements, or too deep ones")
        if not self._records and self._path != [_RECORD]:
            raise _refused("this is not a CBEFF file")
        if self._foreign or namespace not in ("", NAMESPACE):
            self._foreign += 1
        elif self._path[-1] == _RECORD:
            if self._records:
                self._records[-1].has_children = True
            self._records.append(_Open())
        self._characters.clear()
        self._length = 0

    def _text(self, text: str) -> None:
        self._length += len(text)
        limit = MOST_BLOCK_CHARACTERS if self._path[-1] in ("bdb", "sb", "payload") else _MOST_TEXT
        if self._length > limit:
            raise _refused(f"the CBEFF file has an element of more than {limit} characters")
        if self._path[-1] not in ("sb", "payload"):
            self._characters.append(text)

    def _end(self, name: str) -> None:
        path = _within_record(self._path)
        local = self._path.pop()
        if self._foreign:
            self._foreign -= 1
            if not self._foreign:
                self._records[-1].notes.append("an element of another namespace is left out")
        elif local == _RECORD:
            self._finish(self._records.pop())
        else:
            self._keep(path, "".join(self._characters))
        self._characters.clear()
        self._length = 0

    def _keep(self, path: str, text: str) -> None:
        record = self._records[-1]
        record.texts[path] = text
        if path == "others/value":
            record.others[record.texts.get("others/key", "").strip()] = text.strip()

    def _finish(self, record: _Open) -> None:
        if "bdb" in record.texts or not record.has_children:
            self.finished.append(record_of(record.texts, record.others, record.notes))


def _within_record(path: list[str]) -> str:
    """Return where an element stands within the innermost record."""
    start = len(path) - path[::-1].index(_RECORD) if _RECORD in path else 0
    return "/".join(path[start:])


def _refused(message: str) -> ImageFormatError:
    return ImageFormatError(message, remedy=_COPY_AGAIN)
