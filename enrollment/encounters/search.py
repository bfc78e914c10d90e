"""Questions about persons and their encounters: what is asked, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass

from biometrics.decisions import Reason
from biometrics.positions import Modality
from biometrics.scores import Candidate
from enrollment.preparation import PreparedSubmission


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PersonSearch:
    """Asks who is like somebody: like the samples in `prepared`, or like a person who is recorded.

    Parameters
    ----------
    galleries
        Where to search; at least one.
    prepared
        Samples; None when a recorded person is searched.
    person, encounter
        Label of that person, who is not among the found, and which of their encounters; by default all in use.
    modalities
        What to compare; None for everything.
    limit
        Persons to answer, at least 1.
    least_score
        Only who has this score (-log10 of the false match rate) at least. It makes nothing laxer than the policy.
    in_use_only
        Whether only encounters count that are active and in use.
    """

    galleries: tuple[str, ...]
    prepared: PreparedSubmission | None = None
    person: str | None = None
    encounter: str | None = None
    modalities: frozenset[Modality] | None = None
    limit: int
    least_score: float | None = None
    in_use_only: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFound:
    """One person a search found; the candidate is that of the gallery in which they are most alike."""

    person: str
    subject_id: str
    candidate: Candidate
    galleries: tuple[str, ...]
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsFound:
    """Whom a search found, best first, or the reasons why nobody could look.

    `gallery_size` and `compared` are sums over the galleries: who is in two was compared twice. With `withheld`,
    somebody is left out whose data are kept and not used: that nobody else is listed is no finding.
    """

    found: tuple[PersonFound, ...] = ()
    gallery_size: int = 0
    compared: int = 0
    complete: bool = True
    withheld: bool = False
    reasons: tuple[Reason, ...] = ()
