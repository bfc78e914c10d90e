"""What a suspected presentation attack leads to: a person looks; and what a policy does that requires the evidence."""

from __future__ import annotations

from biometrics.decisions import DecisionPolicy
from biometrics.errors import PadUnavailableError
from biometrics.positions import Modality
from biometrics.quality import PadVerdict
from enrollment.preparation import PreparedSample, PreparedSubmission

SUSPICION = "a presentation attack is suspected"


def require_judged(prepared: PreparedSubmission, policy: DecisionPolicy) -> None:
    """Refuse faces that nothing judged where the policy requires it; faces that are not used need no judgement.

    Raises
    ------
    PadUnavailableError
        Naming the first such file.
    """
    if not policy.require_pad:
        return
    for one in prepared.samples:
        used_face = one.sample.modality is Modality.FACE and one.extraction.template is not None
        if used_face and one.extraction.pad.verdict is PadVerdict.NOT_EVALUATED:
            raise PadUnavailableError(
                f"the policy requires presentation attack detection, not evaluated here: {one.extraction.pad.reason}",
                source=str(one.source.path),
                remedy="capture the face again, or see whether the model of pad_model works (kura models list)",
            )


def suspected(prepared: PreparedSubmission) -> tuple[PreparedSample, ...]:
    """Return the samples that may show a photograph, a screen or a mask."""
    return tuple(one for one in prepared.samples if one.extraction.pad.verdict is PadVerdict.ATTACK_SUSPECTED)
