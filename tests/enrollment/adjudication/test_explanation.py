"""What applicants read, word for word, in both languages; never who the other person is."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from biometrics.cases import (
    AdjudicationCase,
    CaseCandidate,
    CaseDoubt,
    CaseOutcome,
    CasePriority,
    CaseStatus,
    Reopening,
    SearchEvidence,
    Verdict,
)
from biometrics.positions import Position
from enrollment.adjudication.explanation import explain
from enrollment.adjudication.messages import LANGUAGES, all_messages, pairs_of_strangers, sentence

OPENED, CLOSED = datetime(2026, 3, 4, 5, tzinfo=UTC), datetime(2026, 8, 9, 5, tzinfo=UTC)

EVIDENCE = SearchEvidence(
    policy_version="2026-1",
    duplicate_fmr=1e-8,
    review_fmr=3e-7,
    gallery_size=12_345,
    compared=12_000,
    models={"finger": "kura-minutiae/2", "face": "kura-face/1"},
    calibrations={"finger": "made-up prints", "face": "made-up faces"},
)

HIT = AdjudicationCase(
    case_id="kase",
    encounter_id="encounter",
    subject_id="subject",
    candidates=(
        CaseCandidate(
            subject_id="somebody-else",
            score=9.3,
            scores={"left_thumb": 1.0, "face": 0.7, "right_index": 40.0},
            fmrs={"left_thumb": 0.4, "face": 4e-4, "right_index": 3.2e-7},
            extrapolated=True,
        ),
    ),
    priority=CasePriority.HIGH,
    status=CaseStatus.OPEN,
    reason="the best candidate is very likely the same person",
    opened_at=OPENED,
    evidence=EVIDENCE,
)

ENGLISH_HIT = (
    "On 4 March 2026, your fingerprints and photographs were compared by computer with those of 12,345 people.",
    "They look like those of one person who is already recorded:",
    "- right index finger: extremely alike; among 3,100,000 pairs of different people, about one is as much alike.",
    "- face: very much alike; among 2,500 pairs of different people, about one is as much alike.",
    "Compared as well, and not more alike than those of any two people: left thumb.",
    "Taken together: among 2,000,000,000 pairs of different people, about one would look as much alike.",
    "This last number is an estimate: so many pairs have never been measured.",
    "The rule (version 2026-1): a person looks at every pair as rare as one in 3,300,000; pairs as rare as one in "
    "100,000,000 are looked at first.",
    "Programs used: kura-face/1, kura-minutiae/2.",
    "How rare a likeness is was measured on these groups: made-up faces, made-up prints.",
    "A computer never decides about you. A trained examiner looks at the pictures before seeing any of these numbers. "
    "Nothing is decided against you unless a second examiner, who does not know what the first one found, finds the "
    "same; where they disagree, a supervisor decides.",
    "Where it stands: examiners are still looking at it, and nothing has been decided. You do not have to do anything.",
    "The number of your case is kase. Give it when you ask about it.",
)

FRENCH_HIT = (
    "Le 4 mars 2026, vos empreintes digitales et vos photographies ont été comparées par ordinateur avec celles de "
    "12\u202f345 personnes.",
    "Elles ressemblent à celles d'une personne déjà enregistrée :",
    "- index droit : extrêmement ressemblant ; sur 3\u202f100\u202f000 paires de personnes différentes, une environ "
    "est aussi ressemblante.",
    "- visage : très ressemblant ; sur 2\u202f500 paires de personnes différentes, une environ est aussi ressemblante.",
    "Comparés aussi, et pas plus ressemblants qu'entre deux personnes quelconques : pouce gauche.",
    "Au total : sur 2\u202f000\u202f000\u202f000 paires de personnes différentes, une environ serait aussi "
    "ressemblante.",
    "Ce dernier nombre est une estimation : autant de paires n'ont jamais été mesurées.",
    "La règle (version 2026-1) : une personne examine chaque paire au moins aussi rare qu'une sur "
    "3\u202f300\u202f000 ; celles au moins aussi rares qu'une sur 100\u202f000\u202f000 sont examinées en premier.",
    "Programmes utilisés : kura-face/1, kura-minutiae/2.",
    "La rareté des ressemblances a été mesurée sur ces groupes : made-up faces, made-up prints.",
    "Un ordinateur ne décide jamais à votre sujet. Un examinateur formé regarde les images avant de voir le moindre de "
    "ces nombres. Rien n'est décidé contre vous sans qu'un second examinateur, qui ignore ce que le premier a trouvé, "
    "trouve la même chose ; en cas de désaccord, un superviseur décide.",
    "Où en est le dossier : il est encore examiné et rien n'est décidé. Vous n'avez rien à faire.",
    "Le numéro de votre dossier est kase. Donnez-le quand vous posez une question.",
)


@pytest.mark.parametrize(("language", "expected"), [("en", ENGLISH_HIT), ("fr", FRENCH_HIT)])
def test_a_hit_word_for_word(language: str, expected: tuple[str, ...]) -> None:
    assert explain(HIT, language) == expected


def closed(outcome: CaseOutcome) -> AdjudicationCase:
    verdict = Verdict(
        round=1,
        ordinal=1,
        examiner="ada",
        outcome=outcome,
        candidate_id=None,
        reason="the other is called so and so",
        given_at=CLOSED,
    )
    return dataclasses.replace(HIT, status=CaseStatus.CLOSED, outcome=outcome, closed_at=CLOSED, verdicts=(verdict,))


def test_a_decision_and_how_to_contest_it_word_for_word() -> None:
    assert explain(closed(CaseOutcome.FRAUD), "en")[-2:] == (
        "Where it stands: decided on 9 August 2026. The examiners found that somebody tried to obtain a second "
        "identity. This registration gives no identity.",
        "If you do not agree, say so at the office where you registered and give the number kase. Other examiners will "
        "look at the case again, and what was decided is undone until they have.",
    )
    assert explain(closed(CaseOutcome.TWIN_OR_RELATIVE), "fr")[-2:] == (
        "Où en est le dossier : décidé le 9 août 2026. Un examinateur a constaté que vous et l'autre personne êtes "
        "deux personnes différentes qui se ressemblent, comme des jumeaux ou des parents. Votre enregistrement est "
        "valable.",
        "Si vous n'êtes pas d'accord, dites-le au bureau où vous vous êtes enregistré en donnant le numéro kase. "
        "D'autres examinateurs reprendront le dossier, et ce qui a été décidé est suspendu jusque-là.",
    )


def test_a_doubt_without_candidates_word_for_word() -> None:
    doubts = (CaseDoubt.ATTACK_SUSPECTED, CaseDoubt.PORTRAITS_APART)
    evidence = dataclasses.replace(EVIDENCE, doubts=doubts, gallery_size=1, models={"face": "kura-face/1"})
    doubtful = dataclasses.replace(HIT, candidates=(), evidence=evidence)
    assert explain(doubtful, "en")[:4] == (
        "On 4 March 2026, your photographs were compared by computer with those of 1 person.",
        "They do not look like those of anybody else, but a person has to look at your registration all the same:",
        "The computer could not rule out that a photograph shows a picture, a screen or a mask instead of a face. This "
        "can happen to honest people, for example in poor light.",
        "The photographs given for you do not all look like the same person. Perhaps one of somebody else got among "
        "them.",
    )
    assert explain(doubtful, "fr")[0] == (
        "Le 4 mars 2026, vos photographies ont été comparées par ordinateur avec celles de 1 personne."
    )


def test_a_case_from_before_evidence_was_kept_is_explained_too() -> None:
    bare = dataclasses.replace(HIT, evidence=SearchEvidence(), candidates=(_without_rates(),))
    told = explain(bare, "en")
    assert told[0] == "On 4 March 2026, a question about your registration was opened."
    assert "- face: compared; how rare such a likeness is was not recorded." in told
    assert not any("rule" in one or "Programs" in one for one in told)


def _without_rates() -> CaseCandidate:
    return dataclasses.replace(HIT.candidates[0], fmrs={}, extrapolated=False)


def test_a_reopened_case_says_why() -> None:
    reopening = Reopening(round=2, actor="sue", contested=True, reason="private words", reopened_at=CLOSED)
    told = explain(dataclasses.replace(HIT, round=2, reopenings=(reopening,)), "en")
    assert told[-3].startswith("The case was opened again on 9 August 2026 because it was contested")
    asked = dataclasses.replace(reopening, contested=False)
    assert "par un superviseur" in explain(dataclasses.replace(HIT, round=2, reopenings=(asked,)), "fr")[-3]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", CaseOutcome)
def test_nothing_tells_who_others_are(language: str, outcome: CaseOutcome) -> None:
    told = " ".join(explain(closed(outcome), language))
    assert not any(hidden in told for hidden in ("somebody-else", "so and so", "ada", "9.3", "40.0"))
    assert sentence(f"outcome.{outcome.value}", language) in told


def test_every_text_is_in_every_language_with_the_same_gaps() -> None:
    for key, texts in all_messages().items():
        assert set(texts) == set(LANGUAGES), key
        gaps = [sorted(part.split("}")[0] for part in text.split("{")[1:]) for text in texts.values()]
        assert all(one == gaps[0] for one in gaps), key
    assert {f"position.{position.value}" for position in Position} <= set(all_messages())
    assert {f"doubt.{doubt.value}" for doubt in CaseDoubt} <= set(all_messages())


@pytest.mark.parametrize(
    ("fmr", "pairs"), [(1.0, 1), (0.3, 3), (1e-2, 100), (3.2e-7, 3_100_000), (1e-12, 10**12), (1e-300, 10**12)]
)
def test_rates_become_numbers_people_can_read(fmr: float, pairs: int) -> None:
    assert pairs_of_strangers(fmr) == pairs


def test_a_likeness_beyond_counting_says_so() -> None:
    beyond = dataclasses.replace(HIT, candidates=(dataclasses.replace(HIT.candidates[0], score=400.0),))
    assert "among 1,000,000,000,000 pairs of different people, not one" in " ".join(explain(beyond, "en"))
