"""Images, folders and manifests, gathered into submissions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from biometrics import images
from biometrics.errors import BiometricsError, ManifestError
from biometrics.positions import Modality, Position
from enrollment import manifest
from enrollment.submission import Intake, RefusedSubmission, SampleSource, Submission, check_label


def gather(
    paths: Sequence[Path],
    *,
    person: str | None = None,
    modality: Modality | None = None,
    position: Position = Position.UNKNOWN,
    ppi: float | None = None,
) -> Intake:
    """Collect what the paths name; `modality`, `position` and `ppi` apply to images that no manifest describes.

    An image is one person, labelled by its name without suffix; in a folder every image is one, labelled by its path
    inside the folder. With `person`, all images belong to that one person.

    Raises
    ------
    ManifestError
        When a manifest or folder cannot be read, or there is nothing to enroll.
    """
    if modality is Modality.FACE and position is Position.UNKNOWN:
        position = Position.FACE
    parts = []
    for path in paths:
        if path.suffix.lower() in manifest.SUFFIXES and not path.is_dir():
            parts.append(_with_default_ppi(manifest.read_manifest(path), ppi))
        else:
            parts.append(_images(path, modality=modality, position=position, ppi=ppi))
    intake = _join(parts)
    if intake.persons == 0:
        raise ManifestError(
            "nothing to enroll", source=", ".join(map(str, paths)), remedy="name images, folders or a manifest"
        )
    return _as_one_person(intake, person) if person is not None else intake


def _with_default_ppi(intake: Intake, ppi: float | None) -> Intake:
    if ppi is None:
        return intake
    submissions = (
        replace(one, sources=tuple(replace(source, ppi=source.ppi or ppi) for source in one.sources))
        for one in intake.submissions
    )
    return replace(intake, submissions=tuple(submissions))


def _images(path: Path, *, modality: Modality | None, position: Position, ppi: float | None) -> Intake:
    found, ignored = (_image_files(path), _other_files(path)) if path.is_dir() else ([(path.stem, path)], 0)
    submissions = []
    refused = []
    for name, image in found:
        try:
            source = SampleSource(path=image, modality=modality, position=position, ppi=ppi, origin=str(image))
            submissions.append(Submission(label=check_label(name, str(image)), sources=(source,)))
        except BiometricsError as error:
            refused.append(RefusedSubmission(label=name, error=error))
    return Intake(submissions=tuple(submissions), refused=tuple(refused), ignored=ignored)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith("."))


def _image_files(folder: Path) -> list[tuple[str, Path]]:
    found = (path for path in _files(folder) if path.suffix.lower() in images.SUFFIXES)
    return [(path.relative_to(folder).with_suffix("").as_posix(), path) for path in found]


def _other_files(folder: Path) -> int:
    return sum(path.suffix.lower() not in images.SUFFIXES for path in _files(folder))


def _join(parts: list[Intake]) -> Intake:
    submissions: dict[str, Submission] = {}
    refused = [one for part in parts for one in part.refused]
    for one in (submission for part in parts for submission in part.submissions):
        if one.label in submissions:
            error = ManifestError(
                f"the identifier is used twice, first by {submissions[one.label].sources[0].origin}",
                source=one.sources[0].origin,
                remedy="give every person one identifier and list all their samples together",
            )
            refused.append(RefusedSubmission(label=one.label, error=error))
        else:
            submissions[one.label] = one
    ignored = sum(part.ignored for part in parts)
    return Intake(submissions=tuple(submissions.values()), refused=tuple(refused), ignored=ignored)


def _as_one_person(intake: Intake, person: str) -> Intake:
    if intake.refused:
        raise intake.refused[0].error
    sources = tuple(source for one in intake.submissions for source in one.sources)
    return replace(intake, submissions=(Submission(label=check_label(person, "--person"), sources=sources),))
