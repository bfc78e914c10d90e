"""Rules of retention carried out: what is due, or forgetting it piece by piece."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from biometrics.errors import BiometricsError
from biometrics.rights.retention import Kept, RetentionRule
from enrollment.operations.operation import Performs
from enrollment.operations.rights_erasure import ErasePerson
from enrollment.operations.rights_upkeep import EXPIRE, NOTE_EXPIRY, Expire, NoteExpiry
from enrollment.operations.upkeep import SWEEP
from enrollment.rights.erasing import erase


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What a rule came to.

    Parameters
    ----------
    rule
        Which.
    removed
        How many things were forgotten.
    due
        How many are due still: all of them in a dry run.
    refused
        Persons who could not be erased, by what kept them.
    """

    rule: RetentionRule
    removed: int
    due: int
    refused: tuple[str, ...] = ()


def carry_out(
    call: Performs, rules: Iterable[RetentionRule], *, dry_run: bool, confirmed: bool = False
) -> tuple[Carried, ...]:
    """Carry out rules of retention, or tell what they would forget.

    Parameters
    ----------
    call
        Who owns the registry.
    rules
        The rules, in their order.
    dry_run
        Whether to count only.
    confirmed
        Whether a person says that a clock which leapt forward is right.

    Raises
    ------
    RecordError
        When the clock cannot be right: nothing is deleted by it.
    """
    done = tuple(_carry_out(call, rule, dry_run=dry_run, confirmed=confirmed) for rule in rules)
    if not dry_run and any(one.removed for one in done):
        call(SWEEP, None)
    return done


def _carry_out(call: Performs, rule: RetentionRule, *, dry_run: bool, confirmed: bool) -> Carried:
    asked = Expire(rule=rule, dry_run=dry_run, confirmed=confirmed)
    piece = call(EXPIRE, asked)
    if dry_run:
        return Carried(rule=rule, removed=0, due=piece.due)
    removed, refused = piece.removed, list[str]()
    if rule.kept is Kept.DECEASED_PERSONS:
        removed, refused = _erase(call, rule, piece.persons)
    else:
        while piece.due and piece.removed:
            piece = call(EXPIRE, asked)
            removed += piece.removed
    call(NOTE_EXPIRY, NoteExpiry(rule=rule, removed=removed))
    left = len(refused) if rule.kept is Kept.DECEASED_PERSONS else piece.due
    return Carried(rule=rule, removed=removed, due=left, refused=tuple(refused))


def _erase(call: Performs, rule: RetentionRule, persons: Iterable[str]) -> tuple[int, list[str]]:
    """Erase persons one by one; one who cannot be erased keeps no other."""
    removed, refused = 0, list[str]()
    for subject_id in persons:
        try:
            erase(call, ErasePerson(person=subject_id, basis=rule.basis, approver=rule.approved_by or ""))
            removed += 1
        except BiometricsError as error:
            refused.append(f"{subject_id}: {error.message}")
    return removed, refused
