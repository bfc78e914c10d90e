"""Why a computer answered yes, no or nobody, in words for the person it was about, from what the trail keeps of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from biometrics.records import AuditEvent
from enrollment.adjudication.messages import pairs_of_strangers, sentence, written_date, written_number
from registry.access import PERSON_VERIFIED, PERSONS_IDENTIFIED

RESULTS = frozenset({PERSON_VERIFIED, PERSONS_IDENTIFIED})
"""Events of answers that a computer gave."""


def explain_result(event: AuditEvent, language: str) -> tuple[str, ...]:
    """Return the explanation of an answer, a paragraph each.

    It tells who asked when and what for, what was compared, by which rule and programs, the answer, and what may follow
    from it; no score, since the trail keeps none.

    Parameters
    ----------
    event
        One whose action is in `RESULTS`.
    language
        One of `messages.LANGUAGES`.
    """
    # The trail is read as it is: written by the version of its day, perhaps with less.
    details: Mapping[str, Any] = event.details
    return (
        _asked(event, language),
        *_answer(details, language),
        *_rule(details, language),
        sentence("result.meaning", language, event=str(event.sequence)),
    )


def _asked(event: AuditEvent, language: str) -> str:
    actor = event.actor
    client = None if actor is None else actor.client
    purpose = None if actor is None else actor.purpose
    return sentence(
        "result.asked" if event.action == PERSON_VERIFIED else "result.searched",
        language,
        date=written_date(event.at, language),
        time=f"{event.at:%H:%M}",
        client=client or sentence("client.unknown", language),
        purpose=purpose or sentence("purpose.unknown", language),
        event=str(event.sequence),
    )


def _answer(details: Mapping[str, Any], language: str) -> Iterator[str]:
    if "answer" in details:
        parts = [sentence(f"position.{part}", language) for part in details["compared"]]
        if parts:
            yield sentence("result.compared", language, parts=", ".join(parts))
        yield sentence(f"result.{details['answer']}", language, persons=_persons(details, language))
        if details.get("complete") is False:
            yield sentence("result.not_complete", language)
    elif "agreed" in details:
        stated, agreed = (_named(details[name], language) for name in ("stated", "agreed"))
        yield sentence("result.stated", language, stated=stated, agreed=agreed)
    else:
        yield sentence("result.not_recorded", language)


def _persons(details: Mapping[str, Any], language: str) -> str:
    count = int(details.get("compared_persons", 0))
    return sentence("persons.one" if count == 1 else "persons.many", language, count=written_number(count, language))


def _named(names: list[str], language: str) -> str:
    found = ", ".join(sentence(f"stated.{name}", language) for name in names)
    return found or sentence("stated.none", language)


def _rule(details: Mapping[str, Any], language: str) -> Iterator[str]:
    if "policy" in details:
        number = written_number(pairs_of_strangers(float(details["largest_fmr"])), language)
        yield sentence("result.rule", language, policy=details["policy"], number=number)
    if details.get("models"):
        yield sentence("programs", language, models=", ".join(sorted(details["models"].values())))
    if details.get("calibrations"):
        yield sentence("measured_on", language, groups=", ".join(sorted(set(details["calibrations"].values()))))
