"""What a check of the registry reports."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class FaultKind(Enum):
    """What part of the registry a fault is in."""

    DATABASE = "database"
    SEQUENCE = "sequence"
    SAMPLE = "sample"
    TEMPLATE = "template"
    AUDIT = "audit"
    PERSON = "person"
    CASE = "case"
    COUNTER = "counter"
    SEARCH = "search"
    SERVICE = "service"
    KEY = "key"
    UNREFERENCED_FILE = "unreferenced_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is not as it should be: which part, where (an identifier, a table or a file), and what."""

    kind: FaultKind
    source: str
    message: str

    @property
    def severe(self) -> bool:
        """False for what a crash may leave behind and the sweep removes."""
        return self.kind is not FaultKind.UNREFERENCED_FILE
