"""What the registry answers about persons, as the native API's JSON."""

from __future__ import annotations

from datetime import date
from typing import Any

from api.http.problems import Refusal
from api.native.languages import Language
from api.native.models.persons import FindAsked
from api.person_lines import PersonLines
from api.person_views import person_document
from enrollment.operations.people import ShownPerson
from registry.finding import FindPeople, FoundPerson
from registry.listing import ListedPerson


def listed_person(one: ListedPerson) -> dict[str, Any]:
    """Return a person of a list."""
    return {
        "person": one.subject.label,
        "subject_id": one.subject.subject_id,
        "simulated": one.subject.simulated,
        "encounters": [status.value for status in one.encounters],
    }


def found_person(one: FoundPerson) -> dict[str, Any]:
    """Return somebody who was found."""
    return {
        "person": one.subject.label,
        "subject_id": one.subject.subject_id,
        "simulated": one.subject.simulated,
        "status": one.subject.status.value,
        "survivor": one.survivor,
        "record": None if one.record is None else one.record.document(),
    }


def shown_person(shown: ShownPerson, *, history: bool, words: Language | None) -> dict[str, Any]:
    """Return everything about a person, where asked for with earlier versions, and in words."""
    document = person_document(shown, history=history)
    return {
        "versions": None,
        **document,
        "words": None if words is None else PersonLines(document, words).all(),
    }


def record_of(shown: ShownPerson, version: int | None = None) -> dict[str, Any]:
    """Return a version of what a person states, by default the current one.

    Raises
    ------
    Refusal
        When there is none.
    """
    current = shown.file.current
    chosen = next((one for one in shown.file.versions if one.version == version), current)
    if chosen is None:
        raise Refusal("unknown", "nothing is stated about this person yet")
    return {
        "person": shown.subject.label,
        "subject_id": shown.subject.subject_id,
        "simulated": shown.subject.simulated,
        "version": chosen.version,
        "record": chosen.record.document(),
    }


def find_people(asked: FindAsked, *, skip: int) -> FindPeople:
    """Return the search that is asked for.

    Raises
    ------
    RecordError, PersonDataError
        As `FindPeople`.
    Refusal
        When a day does not exist.
    """
    return FindPeople(
        name=asked.name,
        given=asked.given,
        born_from=_day(asked.born_from, "born_from"),
        born_to=_day(asked.born_to, "born_to"),
        number=asked.number,
        gallery=asked.gallery,
        limit=asked.limit,
        skip=skip,
    )


def _day(text: str | None, place: str) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise Refusal("invalid", f"{place} is no day of the calendar") from None
