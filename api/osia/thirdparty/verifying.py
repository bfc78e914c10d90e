"""Is this the one, and is it as they say: yes or no, and nothing of what is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from api.http.access import Caller
from api.http.desk import Desk
from api.http.problems import Refusal
from api.osia.abis.searching import prepared_probe
from api.osia.tasks.keys import signing_key
from api.osia.thirdparty.claims import NAMES, claim_of, refuse_unsupported
from api.osia.thirdparty.misses import MissLimit
from api.osia.thirdparty.models import AttributeSet, VerifyResult
from api.osia.thirdparty.proofs import proof_of
from biometrics.errors import RecordNotFoundError, SampleError
from enrollment.engine.service import EnrollmentService
from enrollment.operations.claims import CHECK_CLAIM, CheckedClaim
from enrollment.preparation import PreparedSubmission

AGREES, DIFFERS = 1, 0
"""Codes of the answer: everything that was stated agrees, or something does not. OSIA leaves them to the service."""

_SAID = {AGREES: "everything stated agrees", DIFFERS: "something stated does not agree"}
_BIOMETRICS = "biometricData"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a client asks about one person.

    Parameters
    ----------
    identifier, identifier_type
        Whom it means.
    stated
        What it states about them.
    transaction_id
        Its name of the transaction.
    proof
        Whether a yes is to be signed.
    """

    identifier: str
    identifier_type: str | None
    stated: AttributeSet
    transaction_id: str
    proof: bool


def verify(desk: Desk, caller: Caller, asked: Question, misses: MissLimit) -> VerifyResult:
    """Compare what is stated with what is recorded; the audit trail names the client and its purpose.

    Raises
    ------
    Refusal
        404 when nobody has the identifier, 429 when the client asked in vain too often.
    BiometricsError
        When nothing was stated that can be compared; then the answer would be neither yes nor no.
    """
    misses.require_room(caller.client, caller.rights.per_minute)
    refuse_unsupported(asked.stated)
    claim = claim_of(caller, asked.identifier, asked.identifier_type, asked.stated)
    if not asked.stated.biographic_data and not asked.stated.biometric_data:
        raise SampleError("nothing is stated that could be compared", remedy="state biographicData or biometricData")
    # Before anybody is looked up: whether a picture can be used must not tell who is known.
    prepared = prepared_probe(desk, asked.stated.biometric_data) if asked.stated.biometric_data else None
    service = desk.service(caller.actor())
    checked = service.call(CHECK_CLAIM, claim)
    try:
        agreed = _agreements(service, caller, checked, prepared)
    except RecordNotFoundError:
        misses.count(caller.client, caller.rights.per_minute)
        raise Refusal("unknown", "nobody has this identifier") from None
    if not all(agreed.values()):
        misses.count(caller.client, caller.rights.per_minute)
    return _result(desk, caller, asked, agreed)


def _agreements(
    service: EnrollmentService, caller: Caller, checked: CheckedClaim, prepared: PreparedSubmission | None
) -> dict[str, bool]:
    if checked.person is None:
        raise RecordNotFoundError("nobody has this identifier")
    agreed = {NAMES[name]: agrees for name, agrees in checked.agreed.items()}
    if prepared is None:
        return agreed
    gallery_id = None if caller.rights.galleries is None else checked.galleries[0]
    found = service.verify_person(prepared, checked.person, gallery_id).answer
    if found.reasons:
        raise SampleError("; ".join(reason.advice for reason in found.reasons), source=_BIOMETRICS)
    if found.candidate is None:
        raise SampleError("nothing recorded can be compared with it", source=_BIOMETRICS, remedy="send other parts")
    return agreed | {_BIOMETRICS: found.positive}


def _result(desk: Desk, caller: Caller, asked: Question, agreed: Mapping[str, bool]) -> VerifyResult:
    code = AGREES if all(agreed.values()) else DIFFERS
    message = _SAID[code]
    if caller.rights.scores and code == DIFFERS:
        message += f": {', '.join(name for name, agrees in agreed.items() if not agrees)}"
    if code == DIFFERS or not asked.proof:
        return VerifyResult.model_validate({"verificationCode": code, "verificationMessage": message})
    proof = proof_of(
        signing_key(desk.service),
        caller=caller,
        issuer=desk.settings.audience,
        identifier=asked.identifier,
        transaction_id=asked.transaction_id,
    )
    content = {"verificationCode": code, "verificationMessage": message, "verificationProof": proof}
    return VerifyResult.model_validate(content)
