"""The register of processing: purposes, bases, recipients, transfers abroad, periods, measures; as the settings say.

It is generated from what the installation does, so that it cannot differ from it. French, since it is for the APDP.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from api.rights import french
from api.rights.sections import Document, Section, Table, sections_json

if TYPE_CHECKING:
    from api.http.clients import Rights
    from api.rights.rights_settings import RightsSettings
    from biometrics.rights.records import Transfer

FORMAT = "kura-register/1"

CATEGORIES = (
    ("Identité", "noms, sexe, date et lieu de naissance, nationalité, parents"),
    ("Numéros et pièces", "NINA, numéros de titres, actes présentés et leurs copies"),
    ("Données biométriques", "photographie, empreintes digitales, gabarits calculés"),
    ("Passages", "poste, station, agent, date, récépissé, finalité, notice remise"),
    ("Exceptions et représentants", "doigts ou visage non capturés et leur motif, tuteurs"),
    ("Examen humain", "dossiers, avis motivés, contestations"),
)

MEASURES = (
    "Images, gabarits, noms et numéros sont chiffrés (AES-256-GCM), sous une clé par personne et par passage.",
    "La clé de l'installation est protégée par une clé extérieure : fichier, environnement ou jeton PKCS#11.",
    "Chaque lecture, modification et décision d'accès est inscrite dans un journal dont toute altération "
    "se constate (arbre de Merkle).",
    "Une décision défavorable exige deux personnes ; un score ne décide jamais.",
    "Les clients s'authentifient, chacun avec ses finalités ; ils ne reçoivent que des réponses par oui ou non, "
    "sauf droit exprès.",
)


def register_document(
    settings: RightsSettings,
    clients: Mapping[str, Rights],
    galleries: Sequence[str],
    transfers: Sequence[Transfer],
    made_at: datetime,
) -> dict[str, Any]:
    """Return the register as JSON."""
    document = printed(settings, clients, galleries, transfers, made_at)
    return {
        "format": FORMAT,
        "made_at": made_at.isoformat(),
        "title": document.title,
        "lines": list(document.lines),
        "sections": sections_json(document.sections),
    }


def printed(
    settings: RightsSettings,
    clients: Mapping[str, Rights],
    galleries: Sequence[str],
    transfers: Sequence[Transfer],
    made_at: datetime,
) -> Document:
    """Return the register as a document in French.

    Parameters
    ----------
    settings
        What the authority chose.
    clients
        Who may ask, and for what.
    galleries
        Names of the galleries.
    transfers
        Calls of clients abroad, counted by the audit trail.
    made_at
        When it is made.
    """
    authority = settings.authority
    lines = [f"Établi le {french.day(made_at)}"]
    lines += [f"Responsable du traitement : {authority.name or 'non renseigné'}"]
    lines += [f"Numéro d'autorisation : {authority.authorisation_number or 'non renseigné'}"]
    lines += [f"Pays de l'installation : {authority.country}"]
    return Document(
        title="Registre des traitements",
        lines=tuple(lines),
        sections=(
            _purposes(settings, clients),
            Section(title="Catégories de données", table=Table(columns=("Catégorie", "Contenu"), rows=CATEGORIES)),
            Section(
                title="Personnes concernées",
                paragraphs=(f"Galeries : {', '.join(galleries) or 'aucune'}. Les galeries ne sont jamais mélangées.",),
            ),
            _recipients(settings, clients),
            _abroad(settings, clients, transfers),
            _retention(settings),
            Section(title="Mesures de sécurité", paragraphs=MEASURES),
        ),
        foot=f"{authority.name or 'Kura'} — registre des traitements",
    )


def is_abroad(settings: RightsSettings, rights: Rights) -> bool:
    """Return whether a client is in another country than the registry."""
    return rights.country is not None and rights.country != settings.authority.country


def _purposes(settings: RightsSettings, clients: Mapping[str, Rights]) -> Section:
    named = dict(settings.purposes)
    for rights in clients.values():
        for purpose in rights.purposes or ():
            named.setdefault(purpose, rights.legal_basis or "non renseigné")
    rows = tuple((purpose, basis) for purpose, basis in sorted(named.items()))
    return _tabled("Finalités et fondements", ("Finalité", "Fondement juridique"), rows)


def _recipients(settings: RightsSettings, clients: Mapping[str, Rights]) -> Section:
    rows = tuple(
        (
            name,
            ", ".join(sorted(rights.purposes or ())) or "toutes",
            rights.legal_basis or "non renseigné",
            rights.authorisation_number or "non renseigné",
            "oui" if rights.one_to_many else "non",
            rights.country or settings.authority.country,
        )
        for name, rights in sorted(clients.items())
    )
    columns = ("Destinataire", "Finalités", "Fondement", "Autorisation", "Recherche 1:N", "Pays")
    return _tabled("Destinataires", columns, rows)


def _abroad(settings: RightsSettings, clients: Mapping[str, Rights], transfers: Sequence[Transfer]) -> Section:
    own = Counter[str]()
    for one in transfers:
        own[one.post if one.post is not None and one.post in settings.posts_abroad else one.client] += one.calls
    rows = [
        (
            name,
            rights.country or "",
            rights.transfer_authorisation or "non autorisé : refusé",
            str(own[name]),
        )
        for name, rights in sorted(clients.items())
        if is_abroad(settings, rights)
    ]
    rows += [
        (f"poste {post}", one.country, one.authorisation or "non autorisé : refusé", str(own[post]))
        for post, one in sorted(settings.posts_abroad.items())
    ]
    exports = Counter[str]()
    for one in transfers:
        exports[one.country] += 0 if one.client else one.calls
    rows += [
        ("exportation", name, "voir le journal", str(number)) for name, number in sorted(exports.items()) if number
    ]
    return _tabled("Transferts hors du territoire", ("Vers", "Pays", "Autorisation", "Appels inscrits"), tuple(rows))


def _retention(settings: RightsSettings) -> Section:
    rows = tuple((french.KEPT[rule.kept.value], f"{rule.days} jours", rule.basis) for rule in settings.retention)
    return _tabled("Durées de conservation", ("Données", "Durée", "Fondement"), rows)


def _tabled(title: str, columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Section:
    if not rows:
        return Section(title=title, paragraphs=("Néant.",))
    return Section(title=title, table=Table(columns=columns, rows=rows))
