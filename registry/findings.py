"""What a check of the registry reports."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class FindingKind(Enum):
    """What part of the registry a finding is about."""

    DATABASE = "database"
    SEQUENCE = "sequence"
    SAMPLE = "sample"
    TEMPLATE = "template"
    AUDIT = "audit"
    CASE = "case"
    UNREFERENCED_FILE = "unreferenced_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be: which part, where (an identifier, a table or a file), and what."""

    kind: FindingKind
    source: str
    message: str

    @property
    def severe(self) -> bool:
        """False for what a crash may leave behind and the sweep removes."""
        return self.kind is not FindingKind.UNREFERENCED_FILE
