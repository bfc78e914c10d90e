"""`kura enroll`: images, folders or manifests into the registry."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared

if TYPE_CHECKING:
    from collections import Counter

    from enrollment.batch import EnrollmentResult
    from enrollment.engine.service import EnrollmentService

SUMMARY = "enroll people from images, folders or a manifest, and report whom the registry may know already"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="image, folder, or manifest (.csv, .jsonl); see docs/operations.md",
    )
    parser.add_argument("--person", help="all images belong to this one person")
    shared.add_gallery(parser)
    shared.add_images(parser)
    _add_context(parser)
    parser.add_argument("--notice-language", choices=("fr", "en", "bm"), help="language of the notice they were given")
    parser.add_argument("--notice", metavar="NAME", help="which notice (default: enrollment)")
    shared.add_actor(parser)
    shared.add_language(parser)
    shared.add_json(parser)


def _add_context(parser: argparse.ArgumentParser) -> None:
    """Add who met the persons and where; a manifest may say it person by person."""
    parser.add_argument("--operator", metavar="NAME", help="who met the persons")
    parser.add_argument("--station", metavar="NAME", help="station at which they were met")
    parser.add_argument("--post", metavar="NAME", help="consulate or office of the station")
    parser.add_argument("--appointment", metavar="TEXT", help="reference of the appointment of one person")
    parser.add_argument("--receipt", metavar="TEXT", help="number of the receipt handed to one person")


def run(arguments: argparse.Namespace) -> int:
    """Enroll everybody, one line each, and summarise; 3 when somebody could not be enrolled."""
    from collections import Counter

    from api import serving, wiring
    from api.command_line import BAD_INPUT, DONE, MISUSE
    from api.installation import open_installation
    from api.progress import progress_display
    from api.rights.notices import USUAL, given_notice
    from enrollment.batch import enroll_all, outcome_name
    from enrollment.context import COLUMNS, stated_context
    from enrollment.intake import gather

    if arguments.notice and not arguments.notice_language:
        shared.complain("say with --notice-language in which language the notice was given")
        return MISUSE
    intake = gather(
        arguments.paths,
        person=arguments.person,
        modality=arguments.modality,
        position=arguments.position,
        ppi=arguments.ppi,
    ).into(arguments.gallery)
    intake = intake.met(stated_context({name: getattr(arguments, name) for name in COLUMNS}))
    actor = shared.actor_of(arguments, post=arguments.post, station=arguments.station)
    installation = open_installation(arguments.home, create=True)
    intake = intake.told(given_notice(installation.home, arguments.notice_language, arguments.notice or USUAL))
    documents = []
    counts: Counter[str] = Counter()
    with (
        progress_display() as progress,
        serving.open_service(installation, actor, create=True, progress=progress) as service,
    ):
        service.state(arguments.gallery)  # what would refuse everybody refuses here
        extractors = wiring.load_extractors(installation, progress)
        results = enroll_all(intake, service, extractors, threads=installation.settings.threads, progress=progress)
        for result in results:
            counts["repeated" if result.repeated else outcome_name(result)] += 1
            documents.append(_document(result, service, arguments.language))
            if not arguments.json:
                print(_line(documents[-1]), flush=True)
    simulated = sum(document["simulated"] for document in documents)
    summary = {"persons": intake.persons, "simulated": simulated, "ignored_files": intake.ignored, **counts}
    if arguments.json:
        shared.print_json({"home": str(installation.home), "summary": summary, "results": documents})
    else:
        _print_summary(summary, documents)
    return BAD_INPUT if counts["failed"] or counts["not_enrolled"] else DONE


def _document(result: EnrollmentResult, service: EnrollmentService, language: str) -> dict[str, Any]:
    from api.advice import reason_document, verdict_document
    from api.attack_views import evidence_document, verdict_words
    from api.command_line import describe
    from biometrics.decisions import Duplicate, NotEnrolled
    from enrollment.batch import outcome_name
    from enrollment.operations.subjects import SUBJECTS, NamedSubjects

    outcome = result.outcome
    document: dict[str, Any] = {"person": result.label, "outcome": outcome_name(result), "repeated": result.repeated}
    document["simulated"] = result.simulated
    for name in ("subject_id", "case_id"):
        if hasattr(outcome, name):
            document[name] = getattr(outcome, name)
    if isinstance(outcome, Duplicate):
        (other,) = service.call(SUBJECTS, NamedSubjects(subject_ids=(outcome.of,)))
        document |= {"duplicate_of": other.label, "duplicate_of_simulated": other.simulated}
    if isinstance(outcome, NotEnrolled):
        document["reasons"] = [reason_document(reason, language) for reason in outcome.reasons]
    if result.error is not None:
        document["error"] = describe(result.error)
    document["warnings"] = [*result.warnings, *_advice_lines(result, language)]
    document["advice"] = [{"file": name, **verdict_document(one, language)} for name, one in result.verdicts]
    document["quality"] = dict(result.qualities)
    document["attack_detection"] = {name: verdict_words(pad) for name, pad in result.attacks}
    document["attack_evidence"] = {name: evidence_document(pad) for name, pad in result.attacks}
    return document


def _advice_lines(result: EnrollmentResult, language: str) -> list[str]:
    from api.advice import worth_saying
    from models.face.quality.messages import advice_text

    files = dict.fromkeys(name for name, _ in result.verdicts)
    said = [
        (file, one) for file in files for one in worth_saying([one for name, one in result.verdicts if name == file])
    ]
    return [f"{file}: {advice_text(one.message, language)}" for file, one in said if one.message is not None]


def _reasons_in_detail(document: dict[str, Any]) -> list[str]:
    known = {reason["advice"] for reason in document["reasons"]}
    bad = [one for one in document["advice"] if one["verdict"] == "bad" and one["component"] != "usefulness"]
    return [f"{one['file']}: {one['text']}" for one in bad if one["text"] not in known]


def _line(document: dict[str, Any]) -> str:
    words = [f"{shared.named(document['person'], document['simulated'])}:", document["outcome"].replace("_", " ")]
    if document["repeated"]:
        words.append("(enrolled before, nothing written)")
    if "duplicate_of" in document:
        other = shared.named(document["duplicate_of"], document["duplicate_of_simulated"])
        words.append(f"of {other}, case {document['case_id']}")
    elif "case_id" in document:
        words.append(f"case {document['case_id']}")
    if "error" in document:
        error = document["error"]
        words.append(f"- {error['source']}: {error['message']}" + (f" ({error['remedy']})" if error["remedy"] else ""))
    words += [f"- {reason['advice']}" for reason in document.get("reasons", [])]
    notes = _reasons_in_detail(document) if "reasons" in document else document["warnings"]
    notes = [f"\n    {note}" for note in notes]
    return shared.printable(" ".join(words)) + "".join(map(shared.printable, notes))


def _print_summary(summary: dict[str, Any], documents: list[dict[str, Any]]) -> None:
    parts = [
        f"{count} {name.replace('_', ' ')}"
        for name, count in summary.items()
        if name not in ("persons", "simulated", "ignored_files")
    ]
    persons = summary["persons"]
    print(f"{persons} {'person' if persons == 1 else 'persons'}: {', '.join(parts)}")
    if summary["simulated"]:
        print(f"{summary['simulated']} of {persons} simulated: they are nobody")
    if summary["ignored_files"]:
        print(f"{summary['ignored_files']} files that are no images were ignored")
    failed = [document for document in documents if document["outcome"] in ("failed", "not_enrolled")]
    if failed:
        print("not enrolled:")
        for document in failed:
            print(f"  {_line(document)}")
