"""What the searches of one person come to: a decision, with everything that a person should look at.

Whoever is searched may be recorded already. Their own likeness to themselves is no finding, but that they are not like
themselves is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from biometrics.cases import CaseDoubt
from biometrics.decisions import DecisionPolicy
from biometrics.scores import Candidate, CandidateList
from biometrics.templates import Template
from enrollment.attacks import SUSPICION, suspected
from enrollment.portraits import DISAGREEMENT
from enrollment.recognition import verify_templates
from enrollment.recording import GallerySearch, RecordingSection
from enrollment.searched import SearchedPerson
from matching.policy import Decision, Finding, decide, thresholds

UNLIKE = "the samples are not like those recorded of this person"
REJECTED = "an earlier encounter of this person was rejected"
UNSEARCHED = "there are no biometrics to search with"

_DOUBTS = {
    CaseDoubt.ATTACK_SUSPECTED: SUSPICION,
    CaseDoubt.PORTRAITS_APART: DISAGREEMENT,
    CaseDoubt.UNLIKE_OWN_RECORDS: UNLIKE,
    CaseDoubt.REJECTED_BEFORE: REJECTED,
}
_GRAVITY = (Finding.UNIQUE, Finding.REVIEW, Finding.DUPLICATE)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OwnRecords:
    """What is recorded of the person who is searched.

    Parameters
    ----------
    subject_id
        Whose.
    templates
        Those the samples must be like; nobody is asked to be like what was rejected.
    by_gallery
        All of the person's, by gallery: as far as they are searched there.
    rejected
        Whether one of their encounters was.
    """

    subject_id: str
    templates: tuple[Template, ...]
    by_gallery: Mapping[str, tuple[Template, ...]]
    rejected: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judgement:
    """A decision, what it rests on, and what to look at besides.

    Parameters
    ----------
    decision, found, populations
        The gravest decision, with the candidates of all galleries; the search it came from, and whom its scores were
        calibrated on.
    findings
        By gallery.
    doubts
        What no search tells.
    attacks_suspected, portraits_apart
        Numbers of samples.
    """

    decision: Decision
    found: CandidateList
    populations: Mapping[str, str]
    findings: Mapping[str, Finding]
    doubts: tuple[CaseDoubt, ...] = ()
    attacks_suspected: int = 0
    portraits_apart: int = 0

    @property
    def unique(self) -> bool:
        """Whether nobody needs to look."""
        return self.decision.finding is Finding.UNIQUE


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Searched:
    """One gallery's answer, and what follows from it."""

    search: GallerySearch
    found: CandidateList
    decision: Decision


def judge(section: RecordingSection, searched: SearchedPerson, own: OwnRecords | None = None) -> Judgement:
    """Judge a person's searches, at least one, as they would come out now.

    Parameters
    ----------
    section
        The open section, and whom it recorded.
    searched
        The person, and what was found before.
    own
        What is recorded of the person already, where anything is.
    """
    prepared, searches, policy = searched.prepared, searched.searches, searched.policy
    attacks = len(suspected(prepared))
    doubts = [CaseDoubt.ATTACK_SUSPECTED] if attacks else []
    doubts += [CaseDoubt.PORTRAITS_APART] if searched.portraits_apart else []
    if own is not None:
        doubts += [CaseDoubt.REJECTED_BEFORE] if own.rejected else []
        doubts += (
            [] if _is_like(prepared.templates, own.templates, searches[0], policy) else [CaseDoubt.UNLIKE_OWN_RECORDS]
        )
    judged = judge_searches(section, searches, own)
    decision = judged.decision
    for doubt in doubts:
        decision = decision.doubted(_DOUBTS[doubt])
    return replace(
        judged,
        decision=decision,
        doubts=tuple(doubts),
        attacks_suspected=attacks,
        portraits_apart=searched.portraits_apart,
    )


def judge_searches(
    section: RecordingSection, searches: Sequence[GallerySearch], own: OwnRecords | None = None
) -> Judgement:
    """Judge searches, at least one, by what they found and nothing else."""
    answers = [_decided(search, section.refreshed(search), own) for search in searches]
    gravest = max(answers, key=lambda one: (_GRAVITY.index(one.decision.finding), _best_score(one.decision)))
    return Judgement(
        decision=replace(gravest.decision, candidates=best_of_each(one.decision.candidates for one in answers)),
        found=gravest.found,
        populations=gravest.search.desk.gallery.populations,
        findings={one.search.desk.gallery_id: one.decision.finding for one in answers},
    )


def judge_unsearched(policy: DecisionPolicy, galleries: Sequence[str]) -> Judgement:
    """Judge somebody of whom nothing could be captured: a person looks."""
    duplicate_fmr, review_fmr = thresholds(policy, 0)
    decision = Decision(
        finding=Finding.REVIEW,
        candidates=(),
        reason=UNSEARCHED,
        policy_version=policy.version,
        duplicate_fmr=duplicate_fmr,
        review_fmr=review_fmr,
    )
    nobody = CandidateList(candidates=(), gallery_size=0, compared=0, generation=0)
    return Judgement(decision=decision, found=nobody, populations={}, findings=dict.fromkeys(galleries, Finding.REVIEW))


def best_of_each(lists: Iterable[Sequence[Candidate]]) -> tuple[Candidate, ...]:
    """Return whom any of several searches found, each once with the best evidence, best first."""
    best: dict[str, Candidate] = {}
    for candidate in (candidate for found in lists for candidate in found):
        known = best.get(candidate.subject_id)
        if known is None or candidate.score > known.score:
            best[candidate.subject_id] = candidate
    return tuple(sorted(best.values(), key=lambda one: (-one.score, one.subject_id)))


def without_own(found: CandidateList, subject_id: str, *, compared: bool) -> CandidateList:
    """Return a search of a gallery that holds the searched person, with the others alone.

    A gallery that holds nobody else is then an empty one: there was nobody to compare with. Of others who could not be
    compared, nobody may be told apart.

    Parameters
    ----------
    compared
        Whether the person could be compared with themselves.
    """
    others = tuple(one for one in found.candidates if one.subject_id != subject_id)
    return replace(
        found, candidates=others, gallery_size=found.gallery_size - 1, compared=found.compared - int(compared)
    )


def _decided(search: GallerySearch, found: CandidateList, own: OwnRecords | None) -> _Searched:
    policy = search.desk.policy
    held = () if own is None else own.by_gallery.get(search.desk.gallery_id, ())
    if own is not None and held:
        compared = verify_templates(search.probe.templates, held, search.desk.gallery.calibrations, policy)
        found = without_own(found, own.subject_id, compared=compared.candidate is not None)
    return _Searched(search=search, found=found, decision=decide(found, policy))


def _is_like(
    templates: Sequence[Template], own: Sequence[Template], search: GallerySearch, policy: DecisionPolicy
) -> bool:
    """Return whether samples are like what is recorded; where nothing that counts is, nothing speaks against it."""
    return not own or verify_templates(templates, own, search.desk.gallery.calibrations, policy).positive


def _best_score(decision: Decision) -> float:
    return decision.candidates[0].score if decision.candidates else 0.0
