"""French for what documents about rights name: actions of the trail, capacities, kinds of requests, dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from biometrics.people.dates import DatePrecision, PartialDate
from biometrics.people.wording import date_words

ACTIONS: Mapping[str, str] = {
    "person.read": "dossier consulté",
    "person.found": "trouvée par une recherche de noms",
    "person.listed": "affichée dans une liste",
    "person.identified": "proposée par une recherche biométrique",
    "person.verified": "vérification d'identité (1:1)",
    "samples.read": "images consultées",
    "templates.read": "gabarits biométriques lus",
    "encounter.added": "passage enregistré",
    "encounter.retired": "passage retiré",
    "encounter.restored": "passage rétabli",
    "encounter.moved": "passage rattaché à un autre dossier",
    "encounter.purged": "passage purgé",
    "subject.merged": "dossiers réunis",
    "subject.unmerged": "réunion de dossiers annulée",
    "references.added": "gabarits biométriques ajoutés",
    "references.replaced": "gabarits biométriques remplacés",
    "case.opened": "dossier ouvert pour examen humain",
    "case.raised": "priorité d'un dossier relevée",
    "case.assigned": "dossier confié à un examinateur",
    "case.verdict": "avis d'un examinateur",
    "case.closed": "dossier clos",
    "case.reopened": "dossier rouvert",
    "merging.approved": "accord d'une seconde personne",
    "rights.request_received": "demande reçue",
    "rights.request_answered": "demande traitée",
    "rights.restriction_placed": "verrouillage ou opposition enregistré",
    "rights.restriction_lifted": "verrouillage ou opposition levé",
    "rights.restriction_met": "accès refusé : données verrouillées",
    "rights.approved": "accord d'une seconde personne",
    "rights.notice_given": "notice d'information remise",
    "rights.erasure_accepted": "effacement accepté",
    "enrolled": "enrôlement terminé",
    "person.recorded": "identité enregistrée",
    "person.corrected": "identité rectifiée",
    "person.exported": "dossier exporté",
    "person.purged": "dossier purgé",
    "number.given": "numéro attribué",
    "number.replaced": "numéro remplacé",
    "number.ended": "numéro terminé",
    "evidence.added": "pièce enregistrée",
    "evidence.replaced": "pièce remplacée",
    "exceptions.granted": "exception de capture accordée",
    "guardian.added": "représentant enregistré",
    "guardian.ended": "représentant retiré",
    "life_event.recorded": "événement enregistré",
    "life_event.annulled": "événement annulé",
    "document.added": "document d'un système client ajouté",
    "document.changed": "document d'un système client modifié",
    "draft.read": "enrôlement inachevé consulté",
    "card.record_made": "données de personnalisation d'un titre établies",
    "receipt.made": "récépissé établi",
}
"""What is not named here is shown by its own name."""

HIDDEN = frozenset({"rights.hold_placed", "rights.hold_lifted"})
"""Events that are not told to the person: an inquiry may be secret."""

ROLES: Mapping[str | None, str] = {
    "operator": "agent",
    "supervisor": "superviseur",
    "examiner": "examinateur",
    "system": "système",
    None: "non enregistrée",
}

KINDS: Mapping[str, str] = {
    "access": "accès",
    "rectification": "rectification",
    "lock": "verrouillage",
    "objection": "opposition",
    "erasure": "effacement",
    "explanation": "explication d'un résultat automatisé",
    "contest": "contestation",
}

DECISIONS: Mapping[str | None, str] = {
    "granted": "accordée",
    "partly": "accordée en partie",
    "refused": "refusée",
    "withdrawn": "retirée par la personne",
    None: "en attente de réponse",
}

KEPT: Mapping[str, str] = {
    "retired_encounters": "passages retirés",
    "rejected_encounters": "passages rejetés pour fraude",
    "unfinished_drafts": "enrôlements inachevés",
    "kept_answers": "réponses conservées pour les systèmes clients",
    "finished_tasks": "tâches terminées",
    "answered_requests": "texte des demandes traitées",
    "notifications": "notifications envoyées",
    "deceased_persons": "personnes décédées",
}


def day(moment: datetime) -> str:
    """Return a day in words that stay on one line: `3 mars 2026`."""
    words = date_words(PartialDate(value=moment.date().isoformat(), precision=DatePrecision.DAY), "fr")
    return words.replace(" ", "\u00a0")
