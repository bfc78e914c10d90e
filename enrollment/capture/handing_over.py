"""A captured person on the way to enrollment: as prepared samples, or as a folder that `kura enroll` takes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from biometrics.errors import ManifestError
from biometrics.files import write_whole
from biometrics.image_writing import encode_png, write_png
from biometrics.images import decode_image
from biometrics.positions import Position
from biometrics.records import DEFAULT_GALLERY, EncounterContext
from enrollment.capture.captured_person import CapturedPerson
from enrollment.capture.taking import TakenSample
from enrollment.context import NO_CONTEXT
from enrollment.preparation import PreparedSample, PreparedSubmission
from enrollment.submission import SampleSource, Submission, check_label
from registry.rights.notices import NoticeText

MANIFEST = "manifest.csv"
REPORT = "capture.json"


def prepared_person(
    person: CapturedPerson,
    label: str,
    *,
    gallery_id: str = DEFAULT_GALLERY,
    context: EncounterContext = NO_CONTEXT,
    notice: NoticeText | None = None,
) -> PreparedSubmission:
    """Return a person ready to be enrolled: what the session extracted is not extracted again.

    Exceptions go beside it, as `EncounterDraft.exceptions` or by `kura person`.

    Raises
    ------
    ManifestError
        When the label cannot be one.
    """
    samples = tuple(_prepared(one).without_pixels() for one in person.samples)
    return PreparedSubmission(
        label=check_label(label, "label"), samples=samples, gallery_id=gallery_id, context=context, notice=notice
    )


def write_person(person: CapturedPerson, label: str, folder: Path) -> Submission:
    """Write the best picture of each position, a manifest for `kura enroll`, and a report; return the submission.

    `manifest.csv` is written last: where it is, everything is. The report, `capture.json`, holds qualities, tries,
    findings, decisions, exceptions and what the device signed.

    Raises
    ------
    ManifestError
        When the label cannot be one, or nothing was captured.
    StorageError
        When a file cannot be written.
    """
    label = check_label(label, "label")
    if not person.best:
        raise ManifestError(
            "nothing was captured of this person", remedy="record the exceptions with kura person, without pictures"
        )
    for position, one in person.best.items():
        sample = one.sample
        write_png(folder / _file_name(position), sample.pixels, sample.ppi, simulated=sample.simulated)
    report = json.dumps(person.document(), indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(folder / REPORT, f"{report}\n".encode())
    write_whole(folder / MANIFEST, _manifest(person, label).encode())
    sources = (_source(one, folder / _file_name(position)) for position, one in person.best.items())
    return Submission(label=label, sources=tuple(sources))


def _manifest(person: CapturedPerson, label: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("person", "modality", "position", "path", "ppi", "simulated"))
    for position, one in person.best.items():
        sample = one.sample
        ppi = "" if sample.ppi is None else f"{sample.ppi:g}"
        simulated = "yes" if sample.simulated else "no"
        writer.writerow((label, position.modality.value, position.value, _file_name(position), ppi, simulated))
    return text.getvalue()


def _prepared(one: TakenSample) -> PreparedSample:
    name = _file_name(one.position)
    data = encode_png(one.sample.pixels, one.sample.ppi, simulated=one.sample.simulated)
    return PreparedSample(
        source=_source(one, Path(name)),
        image=decode_image(data, source=name),
        sample=one.sample,
        extraction=one.extraction,
    )


def _source(one: TakenSample, path: Path) -> SampleSource:
    sample = one.sample
    return SampleSource(
        path=path, position=sample.position, ppi=sample.ppi, simulated=sample.simulated, origin=sample.device
    )


def _file_name(position: Position) -> str:
    return f"{position.value}.png"
