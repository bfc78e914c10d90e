"""From what another administration states about a person to what Kura compares."""

from __future__ import annotations

from api.http.access import Caller
from api.osia.biographic import BIRTH, FAMILY, GIVEN, NATIONALITY, SEX, UNDERSTOOD, birth_of, nationality_of, sex_of
from api.osia.thirdparty.models import AttributeSet
from biometrics.errors import PersonDataError, SampleError
from biometrics.people.identifiers import IdentifierScheme
from biometrics.people.names import LONGEST_NAME
from biometrics.people.text import stated_text
from enrollment.operations.claims import CheckClaim

_OWN_TYPES = frozenset({None, "uin", "personid"})
_SCHEMES = {scheme.value: scheme for scheme in IdentifierScheme}

NAMES = {"given": GIVEN, "family": FAMILY, "birth_date": BIRTH, "sex": SEX, "nationality": NATIONALITY}
"""OSIA's names of the attributes that are compared, by Kura's."""


def refuse_unsupported(stated: AttributeSet) -> None:
    """Refuse what could not be compared: to pass over it would answer another question.

    Raises
    ------
    SampleError
        Naming the first of it.
    """
    unsupported = {
        "encryption": stated.encryption is not None,
        "integrity": bool(stated.integrity),
        "credentialData": bool(stated.credential_data),
        "contactData": bool(stated.contact_data),
    }
    for name, given in unsupported.items():
        if given:
            raise SampleError(f"{name} cannot be used", remedy="state biographicData and biometricData, in clear")


def claim_of(caller: Caller, identifier: str, identifier_type: str | None, stated: AttributeSet) -> CheckClaim:
    """Return the claim that a client makes.

    Raises
    ------
    PersonDataError
        When an attribute or a type of identifiers is not known, or a value cannot be one.
    """
    fields = dict(stated.biographic_data or {})
    unknown = fields.keys() - set(UNDERSTOOD)
    if unknown:
        raise PersonDataError("biographicData holds an attribute that is not compared", remedy=", ".join(UNDERSTOOD))
    return CheckClaim(
        identifier=identifier,
        scheme=_scheme(identifier_type),
        galleries=caller.rights.galleries,
        given=_name(fields, GIVEN),
        family=_name(fields, FAMILY),
        birth_date=birth_of(fields[BIRTH]) if BIRTH in fields else None,
        sex=sex_of(fields[SEX]) if SEX in fields else None,
        nationality=nationality_of(fields[NATIONALITY]) if NATIONALITY in fields else None,
    )


def _scheme(identifier_type: str | None) -> IdentifierScheme | None:
    word = None if identifier_type is None else identifier_type.lower()
    if word in _OWN_TYPES:
        return None
    if word not in _SCHEMES:
        known = ", ".join(["uin", *_SCHEMES])
        raise PersonDataError("identifierType is not known", remedy=f"use one of {known}")
    return _SCHEMES[word]


def _name(fields: dict[str, object], field: str) -> str | None:
    if field not in fields:
        return None
    name = stated_text(fields[field], what=field, longest=LONGEST_NAME)
    if not name:
        raise PersonDataError(f"{field} is empty", remedy="leave it out")
    return name
