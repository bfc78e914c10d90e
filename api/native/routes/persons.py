"""Persons: found, listed, shown and corrected; each reading is in the audit trail with its purpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from api.http.access import access
from api.http.guard import new_router
from api.http.problems import Refusal
from api.native.asking import Inquiry, InquiryOf
from api.native.conditions import ExpectedVersion, IfNoneMatch, is_known, tag_of, unchanged
from api.native.languages import AcceptLanguage, preferred
from api.native.models import persons as models
from api.native.paging import PageOf, number_behind, question_of, text_behind, write_cursor
from api.native.person_answers import find_people, found_person, listed_person, record_of, shown_person
from api.native.scopes import PERSONS_READ, PERSONS_WRITE
from biometrics.errors import RecordConflictError
from biometrics.people.record import PersonRecord
from enrollment.engine.service import EnrollmentService
from enrollment.operations.finding import FIND
from enrollment.operations.listing import LIST_PEOPLE
from enrollment.operations.people import CORRECT_PERSON, SHOW_PERSON, CorrectPerson, ShownPerson, ShowPerson
from registry.finding import MOST_SKIPPED
from registry.listing import PeoplePage

router: APIRouter = new_router(tags=["persons"])

Person = Annotated[
    str, Path(max_length=200, description="subject identifier (best: it tells nothing), label, number or receipt")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wishes:
    history: Annotated[bool, Query(description="also earlier versions, and what has ended")] = False
    words: Annotated[bool, Query(description="also in words, in the language of Accept-Language")] = False
    accept_language: AcceptLanguage = None
    if_none_match: IfNoneMatch = None


@router.get("/persons", response_model=models.PersonsTold)
@access(PERSONS_READ, purpose_bound=True)
async def list_persons(inquiry: InquiryOf, page: PageOf) -> dict[str, Any]:
    """List everybody, by internal identifier."""
    inquiry.require_every_gallery()
    question = question_of("persons")
    asked = PeoplePage(after=text_behind(page.cursor, question) or "", limit=page.limit + 1)
    found = await inquiry.ask(LIST_PEOPLE, asked)
    shown = list(map(listed_person, found[: page.limit]))
    return page.told(
        question, shown, (lambda last: found[last].subject.subject_id) if len(found) > page.limit else None
    )


@router.post("/persons/search", response_model=models.FoundPersonsTold)
@access(PERSONS_READ, purpose_bound=True)
async def search_persons(body: models.FindAsked, inquiry: InquiryOf) -> dict[str, Any]:
    """Find persons by name in any spelling, by birth, or by a number; not in the address, which ends up in logs."""
    if body.gallery is None:
        inquiry.require_every_gallery()
    else:
        inquiry.require_gallery(body.gallery)
    question = question_of("persons/search", **body.model_dump(exclude={"limit", "cursor"}))
    skip = number_behind(body.cursor, question)
    found = await inquiry.ask(FIND, find_people(body, skip=skip))
    seen = skip + len(found.matches)
    more = None if found.complete or seen > MOST_SKIPPED else write_cursor(question, seen)
    return {"items": list(map(found_person, found.matches)), "complete": found.complete, "next": more}


@router.get(
    "/persons/{person}", response_model=models.PersonTold, responses={304: {"description": "Nothing has changed"}}
)
@access(PERSONS_READ, purpose_bound=True)
async def show_person(
    person: Person, response: Response, inquiry: InquiryOf, wishes: Annotated[_Wishes, Depends()]
) -> Any:
    """Show everything that is recorded about a person but pictures and templates."""
    shown = await _show(inquiry, person)
    language = preferred(wishes.accept_language) if wishes.words else None
    document = shown_person(shown, history=wishes.history, words=language)
    tag = tag_of(document)
    if is_known(tag, wishes.if_none_match):
        return unchanged(tag)
    response.headers["ETag"] = tag
    if language is not None:
        response.headers["Content-Language"] = language
        response.headers["Vary"] = "Accept-Language"
    return document


@router.get(
    "/persons/{person}/record",
    response_model=models.RecordTold,
    responses={304: {"description": "Nothing has changed"}},
)
@access(PERSONS_READ, purpose_bound=True)
async def show_record(person: Person, response: Response, inquiry: InquiryOf, if_none_match: IfNoneMatch = None) -> Any:
    """Show the current version of what a person states; its ETag names the version, for If-Match."""
    document = record_of(await _show(inquiry, person))
    tag = f'"{document["version"]}"'
    if is_known(tag, if_none_match):
        return unchanged(tag)
    response.headers["ETag"] = tag
    return document


@router.put("/persons/{person}/record", response_model=models.RecordTold)
@access(PERSONS_WRITE)
async def put_record(
    person: Person, body: models.RecordAsked, response: Response, inquiry: InquiryOf, expected: ExpectedVersion
) -> dict[str, Any]:
    """Record a new version on the one that If-Match names; with `If-None-Match: *` the first one."""
    record = PersonRecord.parse(body.record)

    def work(service: EnrollmentService) -> dict[str, Any]:
        inquiry.require_person(service, person)
        asked = CorrectPerson(person=person, record=record, expected_version=expected, reason=body.reason)
        try:
            version = service.call(CORRECT_PERSON, asked)
        except RecordConflictError as error:
            raise Refusal("changed", error.message) from error
        shown = service.call(SHOW_PERSON, ShowPerson(person=person))
        return record_of(shown, version)

    document = await inquiry.work(work)
    response.headers["ETag"] = f'"{document["version"]}"'
    return document


async def _show(inquiry: Inquiry, person: str) -> ShownPerson:
    """Return a person whom the client may see."""
    return await inquiry.work(lambda service: inquiry.shown(service, person))
