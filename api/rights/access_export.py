"""Everything about a person for that person: data as JSON, and the same in French sections, which are printed too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from api.person_lines import PersonLines, french_word
from api.person_views import person_document
from api.rights import french
from api.rights.sections import Document, Section, Table, sections_json
from api.rights.views import record_document

if TYPE_CHECKING:
    from api.rights.rights_settings import RightsSettings
    from enrollment.operations.disclosing import Access, Disclosure

FORMAT = "kura-access/1"

_OFFICERS = frozenset(
    (
        *("actor", "operator", "approver", "annulled_by", "undone_by", "received_by", "answered_by"),
        *("approved_by", "placed_by", "lifted_by", "given_by"),
    )
)
"""Names of officers: the person is told in which capacity and where something was done, not by whom."""

_NONE = ("Néant.",)


def access_document(disclosed: Disclosure, settings: RightsSettings, made_at: datetime) -> dict[str, Any]:
    """Return everything as JSON: for programs under `data`, for people under `sections`."""
    document = printed(disclosed, settings, made_at)
    return {
        "format": FORMAT,
        "made_at": made_at.isoformat(),
        "title": document.title,
        "lines": list(document.lines),
        "sections": sections_json(document.sections),
        "data": _data(disclosed),
    }


def printed(disclosed: Disclosure, settings: RightsSettings, made_at: datetime) -> Document:
    """Return everything as a document in French."""
    person, authority = disclosed.persons[0], settings.authority
    lines = [f"Personne : {person.subject.label}", f"Établi le {french.day(made_at)}"]
    lines += ["PERSONNE SIMULÉE : ce document ne concerne personne de réel."] if person.subject.simulated else []
    lines += [f"Responsable du traitement : {authority.name}"] if authority.name else []
    return Document(
        title="Données enregistrées à votre sujet",
        lines=tuple(lines),
        sections=(
            *_identities(disclosed),
            _encounters(disclosed),
            _samples(disclosed),
            *_cases(disclosed),
            _results(disclosed),
            _accesses(disclosed),
            _verifications(disclosed),
            _requests(disclosed),
            _restrictions(disclosed),
            _retention(settings),
            _rights(settings),
        ),
        foot=f"{authority.name or 'Kura'} — droit d'accès",
    )


def _identities(disclosed: Disclosure) -> list[Section]:
    """Return what was stated, a section per record: those merged into the person have their own."""
    sections = []
    for place, person in enumerate(disclosed.persons):
        document = _without_officers(person_document(person, history=True), marks="agent")
        shown = PersonLines({**document, "encounters": [], "cases": []}, "fr").all()
        title = "Identité, numéros et pièces" if place == 0 else f"Dossier réuni au vôtre : {person.subject.label}"
        sections.append(Section(title=title, paragraphs=tuple(line.strip().replace(": ", " : ") for line in shown)))
    return sections


def _encounters(disclosed: Disclosure) -> Section:
    notices = {one.encounter_id: f"{one.notice} {one.version} ({one.language})" for one in disclosed.notices}
    rows = tuple(
        (
            french.day(one.recorded_at),
            _STATUSES[one.status.value],
            one.context.post or "",
            one.context.station or "",
            one.context.purpose or "",
            ", ".join(one.galleries),
            one.context.receipt or "",
            notices.get(one.encounter_id, ""),
        )
        for person in disclosed.persons
        for one in person.encounters
    )
    columns = ("Date", "État", "Poste", "Station", "Finalité", "Galeries", "Récépissé", "Notice remise")
    return _tabled("Passages (enrôlements)", columns, rows)


def _samples(disclosed: Disclosure) -> Section:
    rows = tuple(
        (
            french.day(one.captured_at),
            french_word(one.position),
            "non mesurée" if one.algorithm == "not recorded" else f"{one.quality} sur 100",
        )
        for one in disclosed.samples
    )
    said = "Les images et les gabarits biométriques calculés à partir d'elles sont conservés sous forme chiffrée."
    return _tabled("Images biométriques conservées", ("Prise le", "Partie", "Qualité"), rows, said)


def _cases(disclosed: Disclosure) -> list[Section]:
    """Return an explanation per case; what it tells is what `kura case explain` tells."""
    sections = [
        Section(title=f"Résultat automatisé soumis à un examinateur : dossier {one.case_id}", paragraphs=one.paragraphs)
        for one in disclosed.cases
    ]
    return sections or [Section(title="Résultats automatisés soumis à un examinateur", paragraphs=_NONE)]


def _results(disclosed: Disclosure) -> Section:
    told = tuple(" ".join(one.paragraphs) for one in disclosed.results)
    return Section(title="Réponses automatisées à votre sujet et leurs raisons", paragraphs=told or _NONE)


def _accesses(disclosed: Disclosure) -> Section:
    told = Counter(_access_row(one) for one in disclosed.accesses if one.action not in french.HIDDEN)
    rows = tuple((*row, str(count)) for row, count in told.items())
    said = "Chaque ligne résume un jour : la qualité, le poste et la finalité de qui a consulté ou modifié vos données."
    columns = ("Jour", "Opération", "Qualité", "Poste", "Système", "Finalité", "Fois")
    return _tabled("Consultations et modifications", columns, rows, said)


def _access_row(one: Access) -> tuple[str, ...]:
    action = french.ACTIONS.get(one.action, one.action)
    return (
        french.day(one.at),
        action,
        french.ROLES.get(one.role, one.role or ""),
        one.post or "",
        one.client or "",
        one.purpose or "",
    )


def _verifications(disclosed: Disclosure) -> Section:
    asked = Counter(
        (one.client or "service de l'autorité", one.purpose or "non précisée")
        for one in disclosed.accesses
        if one.action == "person.verified"
    )
    rows = tuple((client, purpose, str(count)) for (client, purpose), count in sorted(asked.items()))
    said = "Ces organismes ont demandé si une personne était bien vous ; ils ne reçoivent qu'un oui ou un non."
    columns = ("Organisme", "Finalité", "Fois")
    return _tabled("Vérifications demandées par d'autres administrations", columns, rows, said)


def _requests(disclosed: Disclosure) -> Section:
    rows = tuple(
        (
            french.day(one.received_at),
            french.KINDS[one.kind.value],
            french.DECISIONS[None if one.decision is None else one.decision.value],
            one.asked or "",
            one.answer or "",
        )
        for one in disclosed.requests
    )
    return _tabled("Vos demandes", ("Reçue le", "Objet", "Suite", "Demande", "Réponse"), rows)


def _restrictions(disclosed: Disclosure) -> Section:
    rows = tuple(
        (
            french.day(one.placed_at),
            "toutes les finalités" if one.purpose is None else one.purpose,
            one.reason or "",
            "" if one.lifted_at is None else french.day(one.lifted_at),
        )
        for one in disclosed.restrictions
    )
    return _tabled("Verrouillages et oppositions", ("Depuis le", "Pour", "Motif", "Levé le"), rows)


def _retention(settings: RightsSettings) -> Section:
    rows = tuple((french.KEPT[rule.kept.value], f"{rule.days} jours", rule.basis) for rule in settings.retention)
    said = "Ce qui n'est pas nommé ici est conservé tant que l'autorité n'a pas fixé de durée."
    return _tabled("Durées de conservation", ("Données", "Durée", "Fondement"), rows, said)


def _rights(settings: RightsSettings) -> Section:
    authority = settings.authority
    said = [
        "Vous pouvez demander l'accès à vos données, leur rectification, leur verrouillage, leur effacement, vous "
        "opposer à leur traitement, demander les raisons d'un résultat automatisé et le contester.",
        "Aucune décision n'est prise à votre égard sur le seul fondement d'un traitement automatisé : une personne "
        "formée décide et motive sa décision.",
    ]
    said += [f"Adressez-vous à : {authority.contact}"] if authority.contact else []
    said += [f"Protection des données : {authority.protection_officer}"] if authority.protection_officer else []
    said += [f"Réclamations : {authority.complaints}"] if authority.complaints else []
    return Section(title="Vos droits", paragraphs=tuple(said))


def _tabled(title: str, columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...], said: str = "") -> Section:
    if not rows:
        return Section(title=title, paragraphs=_NONE)
    return Section(title=title, paragraphs=(said,) if said else (), table=Table(columns=columns, rows=rows))


def _data(disclosed: Disclosure) -> dict[str, Any]:
    return {
        "persons": [_without_officers(person_document(one, history=True)) for one in disclosed.persons],
        "samples": [record_document(one) for one in disclosed.samples],
        "cases": [record_document(one) for one in disclosed.cases],
        "results": [record_document(one) for one in disclosed.results],
        "accesses": [record_document(one) for one in disclosed.accesses if one.action not in french.HIDDEN],
        "requests": [_without_officers(record_document(one)) for one in disclosed.requests],
        "restrictions": [_without_officers(record_document(one)) for one in disclosed.restrictions],
        "notices": [_without_officers(record_document(one)) for one in disclosed.notices],
    }


def _without_officers(value: Any, marks: str | None = None) -> Any:
    """Return a value without the names of officers: left out, or replaced by `marks` where something must stand."""
    if isinstance(value, Mapping):
        kept = value.items() if marks is not None else ((k, v) for k, v in value.items() if k not in _OFFICERS)
        return {
            name: marks
            if name in _OFFICERS and marks is not None and one is not None
            else _without_officers(one, marks)
            for name, one in kept
        }
    return [_without_officers(one, marks) for one in value] if isinstance(value, list) else value


_STATUSES = {"pending": "en attente", "active": "actif", "rejected": "rejeté", "retired": "retiré"}
