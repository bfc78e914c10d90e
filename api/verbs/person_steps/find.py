"""`kura person find`: people by name in any spelling, by birth, or by a number."""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from api.verbs import asking

if TYPE_CHECKING:
    from registry.finding import FindPeople, FoundPeople, FoundPerson

NAME, SUMMARY = "find", "find persons by name in any spelling, by birth, or by a number"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("--name", metavar="TEXT", help="family name, in any spelling of it")
    step.add_argument("--given", metavar="TEXT", help="given name, in any spelling of it")
    step.add_argument(
        "--born",
        type=_days,
        metavar="DATE|DATE..DATE",
        help="birth, or the range it lies in: 1985-03-02, 1985-03, 1985, 1985..1990",
    )
    step.add_argument("--number", metavar="TEXT", help="NINA or another number, label, or receipt; alone")
    step.add_argument("--gallery", metavar="NAME", help="only persons of this gallery (default: all)")
    step.add_argument("--limit", type=shared.positive, default=20, metavar="N", help="at most so many (default: 20)")
    step.add_argument(
        "--skip", type=shared.whole_number, default=0, metavar="N", help="leave out the first so many (default: 0)"
    )
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Print whom the search finds, and whether there are more."""
    from enrollment.operations.finding import FIND

    asked = _asked(arguments)
    found = asking.ask(arguments, FIND, asked)
    document = {"complete": found.complete, "matches": [_document(one) for one in found.matches]}
    return asking.report(arguments, document, _lines(found, asked))


def _asked(arguments: argparse.Namespace) -> FindPeople:
    from registry.finding import FindPeople

    born_from, born_to = arguments.born or (None, None)
    return FindPeople(
        name=arguments.name,
        given=arguments.given,
        born_from=born_from,
        born_to=born_to,
        number=arguments.number,
        gallery=arguments.gallery,
        limit=arguments.limit,
        skip=arguments.skip,
    )


def _days(text: str) -> tuple[date, date]:
    """Return the first and last day of a date, or of a range of two."""
    first, _, last = text.partition("..")
    try:
        return _first_day(first), _last_day(last or first)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date like 1985-03-02, 1985-03, 1985 or 1985..1990") from error


def _first_day(text: str) -> date:
    if len(text) not in {4, 7, 10}:
        raise ValueError
    return date.fromisoformat((text + "-01-01")[:10])


def _last_day(text: str) -> date:
    first = _first_day(text)
    if len(text) == 10:
        return first
    if len(text) == 4:
        return date(first.year, 12, 31)
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _document(one: FoundPerson) -> dict[str, Any]:
    return {
        "person": one.subject.label,
        "subject_id": one.subject.subject_id,
        "simulated": one.subject.simulated,
        "status": one.subject.status.value,
        "survivor": one.survivor,
        "record": None if one.record is None else one.record.document(),
    }


def _lines(found: FoundPeople, asked: FindPeople) -> list[str]:
    lines = [_line(one) for one in found.matches] or ["nobody is found"]
    if found.complete:
        return lines
    seen = asked.skip + len(found.matches)
    return [*lines, f"there are more than these: add what is known of the person, or go on with --skip {seen}"]


def _line(one: FoundPerson) -> str:
    from biometrics.people.wording import birth_words

    words = [one.subject.subject_id, shared.named(one.subject.label, one.subject.simulated)]
    if one.record is not None:
        name = one.record.name
        words += [", ".join(filter(None, (name.family, name.given))), birth_words(one.record.birth_date, "en")]
    if one.survivor is not None:
        words.append(f"merged into {one.survivor}")
    elif one.subject.status.value != "active":
        words.append(one.subject.status.value)
    return "  ".join(words)
