"""What is recorded about a person, in lines that people read, in French and in English."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from biometrics.people.dates import DatePrecision, PartialDate
from biometrics.people.wording import birth_words, date_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LANGUAGES = ("en", "fr")

_HEADINGS = {
    "versions": ("earlier versions", "versions antérieures"),
    "numbers": ("numbers", "numéros"),
    "evidence": ("evidence", "pièces présentées"),
    "guardians": ("guardians", "représentants"),
    "life_events": ("life events", "événements"),
    "exceptions": ("exceptions", "exceptions"),
    "encounters": ("encounters", "passages"),
    "cases": ("cases", "dossiers à trancher"),
    "merges": ("merges", "fusions"),
}

_WORDS = {
    "subject": "identifiant interne",
    "status": "situation",
    "active": "active",
    "inactive": "hors d'usage",
    "deceased": "décédée",
    "merged": "fusionnée",
    "purged": "effacée",
    "pending": "en attente d'une décision",
    "retired": "retiré",
    "rejected": "rejeté",
    "merged into": "fusionnée avec",
    "nothing is stated yet": "rien n'est encore déclaré",
    "version": "version",
    "name": "nom",
    "current": "actuel",
    "birth": "de naissance",
    "alias": "autre",
    "sex": "sexe",
    "male": "masculin",
    "female": "féminin",
    "unspecified": "non précisé",
    "unknown": "inconnu",
    "in": "à",
    "nationality": "nationalité",
    "father": "père",
    "mother": "mère",
    "permanent": "définitif",
    "temporary": "provisoire",
    "none": "",
    "provisional": "provisoire",
    "since": "depuis le",
    "until": "jusqu'au",
    "replaced": "remplacée",
    "annulled": "annulé",
    "death": "décès",
    "parent": "parent",
    "tutor": "tuteur",
    "other": "autre",
    "number": "numéro",
    "issued by": "délivré par",
    "approved by": "autorisé par",
    "asked by": "demandé par",
    "without photo": "sans photo",
    "birth_act": "acte de naissance",
    "jugement_suppletif": "jugement supplétif",
    "acte_de_notoriete": "acte de notoriété",
    "fiche_individuelle": "fiche individuelle",
    "recepisse": "récépissé",
    "passport": "passeport",
    "id_card": "carte d'identité",
    "nina": "NINA",
    "consular_card": "carte consulaire",
    "foreign": "étranger",
    "simulated": "simulé",
    "missing": "absent",
    "amputated": "amputé",
    "bandaged": "bandé",
    "worn": "usé",
    "henna": "henné",
    "child": "enfant",
    "unable": "incapacité",
    "undone": "annulée",
    "right_thumb": "pouce droit",
    "right_index": "index droit",
    "right_middle": "majeur droit",
    "right_ring": "annulaire droit",
    "right_little": "auriculaire droit",
    "left_thumb": "pouce gauche",
    "left_index": "index gauche",
    "left_middle": "majeur gauche",
    "left_ring": "annulaire gauche",
    "left_little": "auriculaire gauche",
    "face": "visage",
}
"""French for the words below and those of the vocabulary; English shows them as they are."""


def french_word(word: str) -> str:
    """Return a word of the vocabulary in French."""
    return _WORDS.get(word, word)


class PersonLines:
    """The lines of one person's document, as `person_views.person_document` makes it.

    Parameters
    ----------
    document
        What is shown.
    language
        `en` or `fr`.
    """

    def __init__(self, document: Mapping[str, Any], language: str) -> None:
        self._document = document
        self._language = language

    def all(self) -> list[str]:
        """Return the lines behind the person's label: what holds, then each list that is not empty."""
        document = self._document
        lines = [f"{self._word('subject')}: {document['subject_id']}"]
        status = f"{self._word('status')}: {self._word(document['status'])}"
        if document["survivor"]:
            status += f", {self._word('merged into')} {document['survivor']}"
        lines.append(status)
        lines += self._statement(document["current"])
        earlier = document.get("versions", [])[:-1]
        lines += self._list("versions", [line for one in earlier for line in self._statement(one)])
        for name, line in (
            ("numbers", self._number),
            ("evidence", self._evidence),
            ("guardians", self._guardian),
            ("life_events", self._life_event),
            ("exceptions", self._exception),
            ("encounters", self._encounter),
            ("merges", self._merge),
        ):
            lines += self._list(name, [line(one) for one in document[name]])
        return lines + self._list("cases", document["cases"])

    def _list(self, name: str, lines: Sequence[str]) -> list[str]:
        heading = _HEADINGS[name][LANGUAGES.index(self._language)]
        return [f"{heading}:", *(f"  {line}" for line in lines)] if lines else []

    def _word(self, word: str) -> str:
        return _WORDS.get(word, word) if self._language == "fr" else word.replace("_", " ")

    def _day(self, moment: str) -> str:
        day = date.fromisoformat(moment[:10])
        return date_words(PartialDate(value=day.isoformat(), precision=DatePrecision.DAY), self._language)

    def _span(self, start: str, end: str | None) -> str:
        until = f" {self._word('until')} {self._day(end)}" if end else ""
        return f"{self._word('since')} {self._day(start)}{until}"

    def _statement(self, version: Mapping[str, Any] | None) -> list[str]:
        if version is None:
            return [self._word("nothing is stated yet")]
        record = version["record"]
        made = f"{self._day(version['recorded_at'])}, {version['actor']}: {version['reason']}"
        lines = [f"{self._word('version')} {version['version']} ({made})"]
        lines += [f"  {self._word('name')} ({self._word(one['kind'])}): {_name(one)}" for one in record["names"]]
        if version["mrz_name"]:
            lines.append(f"  MRZ: {version['mrz_name'].rstrip('<')}")
        lines.append(f"  {self._word('sex')}: {self._word(record['sex'])}")
        born = birth_words(PartialDate.parse(record["birth_date"]), self._language)
        place = record["birth_place"]["value"]
        lines.append(f"  {born}, {self._word('in')} {place}" if place else f"  {born}")
        if record["nationality"]:
            lines.append(f"  {self._word('nationality')}: {record['nationality']}")
        return lines + [f"  {self._word(one)}: {_name(record[one])}" for one in ("father", "mother") if record[one]]

    def _number(self, one: Mapping[str, Any]) -> str:
        kind = "" if one["kind"] == "none" else f" ({self._word(one['kind'])})"
        span = self._span(one["valid_from"], one["ended_at"])
        return f"{one['number']}  {self._word(one['scheme'])} {one['value']}{kind}, {span}"

    def _evidence(self, one: Mapping[str, Any]) -> str:
        parts = [self._word(one["type"]) + (f" ({self._word('provisional')})" if one["provisional"] else "")]
        parts += [f"{self._word('number')} {one['number']}"] if one["number"] else []
        parts += [f"{self._word('issued by')} {one['issued_by']}"] if one["issued_by"] else []
        parts += [f"{self._word('replaced')} ({one['replaced_by']})"] if one["replaced_by"] else []
        return f"{one['evidence']}  {', '.join(parts)}"

    def _guardian(self, one: Mapping[str, Any]) -> str:
        who = one["subject_id"] or _name(one["name"])
        span = self._span(one["recorded_at"], one["ended_at"])
        return f"{one['guardian']}  {who} ({self._word(one['relation'])}), {span}"

    def _life_event(self, one: Mapping[str, Any]) -> str:
        words = f"{self._word(one['kind'])}, {date_words(PartialDate.parse(one['date']), self._language)}"
        annulled = f"; {self._word('annulled')}: {one['annulment_reason']}" if one["annulled_at"] else ""
        return f"{one['life_event']}  {words}: {one['reason']}{annulled}"

    def _exception(self, one: Mapping[str, Any]) -> str:
        positions = ", ".join(map(self._word, one["positions"]))
        parts = [f"{positions}: {self._word(one['reason'])} ({self._word(one['presence'])})"]
        parts += [f"{self._word('asked by')} {one['operator']}", f"{self._word('approved by')} {one['approver']}"]
        parts += [f"{self._word('without photo')}: {one['without_photo']}"] if one["without_photo"] else []
        return f"{one['encounter']}  {', '.join(parts)}"

    def _encounter(self, one: Mapping[str, Any]) -> str:
        told = [one[name] for name in ("post", "station", "operator", "receipt") if one[name]]
        parts = [self._day(one["recorded_at"]), self._word(one["status"]), *one["galleries"], *told]
        return f"{one['encounter']}  {', '.join(parts)}"

    def _merge(self, one: Mapping[str, Any]) -> str:
        undone = f"; {self._word('undone')}: {one['undone_reason']}" if one["undone_at"] else ""
        return f"{one['merge']}  {one['source']} -> {one['into']}: {one['reason']}{undone}"


def _name(name: Mapping[str, Any]) -> str:
    return ", ".join(part for part in (name["family"], name["given"]) if part)
