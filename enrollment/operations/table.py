"""Every operation that a command may ask of the registry's owner, by name; `operation.py` says how to add one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enrollment.operations.adjudication import CASES
from enrollment.operations.auditing import AUDITING
from enrollment.operations.claims import CHECK_CLAIM
from enrollment.operations.disclosing import DISCLOSING
from enrollment.operations.draft_buffers import DRAFT_BUFFERS
from enrollment.operations.drafts import DRAFTS
from enrollment.operations.encounters import ENCOUNTERS
from enrollment.operations.explaining import EXPLAINING
from enrollment.operations.extraction import EXTRACTION
from enrollment.operations.finding import FINDING
from enrollment.operations.forgetting import FORGET
from enrollment.operations.galleries import GALLERIES
from enrollment.operations.issuing import ISSUING
from enrollment.operations.kept_answers import KEPT_ANSWERS
from enrollment.operations.keys import KEYS
from enrollment.operations.listing import LISTS
from enrollment.operations.merging import MERGES
from enrollment.operations.operation import Operation
from enrollment.operations.overview import OVERVIEW
from enrollment.operations.people import PEOPLE
from enrollment.operations.receipts import RECEIPTS
from enrollment.operations.reextraction import REEXTRACTION
from enrollment.operations.rights import REQUESTS
from enrollment.operations.rights_erasure import ERASING
from enrollment.operations.rights_measures import MEASURES
from enrollment.operations.rights_upkeep import RIGHTS_UPKEEP
from enrollment.operations.signing import SIGNING
from enrollment.operations.statistics import STATISTICS
from enrollment.operations.subjects import SUBJECTS
from enrollment.operations.tasks import TASKS
from enrollment.operations.upkeep import UPKEEP

_KNOWN: tuple[Operation[Any, Any], ...] = (
    *AUDITING,
    *CASES,
    CHECK_CLAIM,
    *DISCLOSING,
    *DRAFTS,
    *DRAFT_BUFFERS,
    *ENCOUNTERS,
    *ERASING,
    *EXPLAINING,
    *EXTRACTION,
    *FINDING,
    FORGET,
    *GALLERIES,
    *ISSUING,
    *KEPT_ANSWERS,
    *KEYS,
    *LISTS,
    *MEASURES,
    *MERGES,
    *OVERVIEW,
    *PEOPLE,
    *RECEIPTS,
    *REEXTRACTION,
    *REQUESTS,
    *RIGHTS_UPKEEP,
    *SIGNING,
    STATISTICS,
    SUBJECTS,
    *TASKS,
    *UPKEEP,
)

OPERATIONS: Mapping[str, Operation[Any, Any]] = {operation.name: operation for operation in _KNOWN}
"""By name; no two share one."""
