"""Images, folders and manifests, gathered into submissions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from biometrics import images
from biometrics.errors import BiometricsError, ManifestError
from biometrics.positions import Modality, Position
from enrollment import manifest
from enrollment.submission import Intake, RefusedSubmission, SampleSource, Submission, check_label, printable


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
    inside the folder. With `person`, all images belong to that one person, whatever their names. A label used in two
    places (two paths, or `a.png` and `a.jpg` in one folder) is refused, as nobody knows which place is wrong. Links
    to folders are not followed; a folder that cannot be read is refused like a person, under its path.

    Raises
    ------
    ManifestError
        When a manifest cannot be used as a whole, there is nothing to enroll, or, with `person`, anything at all is
        refused or given twice.
    """
    label = None if person is None else check_label(person, "--person")
    parts = []
    for path in paths:
        folder = _is_folder(path)
        if path.suffix.lower() in manifest.SUFFIXES and not folder:
            parts.append(_with_default_ppi(manifest.read_manifest(path), ppi))
        else:
            found = _walk(path) if folder else _Found(images=((path.stem, path),))
            parts.append(_described(found, label=label, modality=modality, position=position, ppi=ppi))
    intake = _join(parts) if label is None else _as_one_person(parts, label)
    if intake.persons == 0:
        raise ManifestError(
            "nothing to enroll",
            source=printable(", ".join(map(str, paths))),
            remedy="name images, folders or a manifest",
        )
    return intake


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # whoever opens it will say why it cannot be
        return False


def _with_default_ppi(intake: Intake, ppi: float | None) -> Intake:
    if ppi is None:
        return intake
    submissions = (
        replace(
            one,
            sources=tuple(source if source.ppi is not None else replace(source, ppi=ppi) for source in one.sources),
        )
        for one in intake.submissions
    )
    return replace(intake, submissions=tuple(submissions))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Images with the labels that their places give them, errors of folders, and a count of other files."""

    images: tuple[tuple[str, Path], ...]
    errors: tuple[OSError, ...] = ()
    ignored: int = 0


def _walk(folder: Path) -> _Found:
    errors: list[OSError] = []
    files = sorted(
        Path(place, name)
        for place, _, names in os.walk(folder, onerror=errors.append)
        for name in names
        if not name.startswith(".")
    )
    found = [path for path in files if path.suffix.lower() in images.SUFFIXES]
    labelled = tuple((path.relative_to(folder).with_suffix("").as_posix(), path) for path in found)
    return _Found(images=labelled, errors=tuple(errors), ignored=len(files) - len(found))


def _described(
    found: _Found, *, label: str | None, modality: Modality | None, position: Position, ppi: float | None
) -> Intake:
    submissions = []
    refused = [_unread(error) for error in found.errors]
    for name, image in found.images:
        origin = printable(str(image))
        try:
            own_label = check_label(name, origin) if label is None else label
            source = SampleSource(path=image, modality=modality, position=position, ppi=ppi, origin=origin)
            submissions.append(Submission(label=own_label, sources=(source,)))
        except BiometricsError as error:
            refused.append(RefusedSubmission(label=printable(name), error=error))
    return Intake(submissions=tuple(submissions), refused=tuple(refused), ignored=found.ignored)


def _unread(error: OSError) -> RefusedSubmission:
    place = printable(str(error.filename))
    refusal = ManifestError(
        f"the folder cannot be read: {error.strerror}", source=place, remedy="check its permissions and run again"
    )
    return RefusedSubmission(label=place, error=refusal)


def _join(parts: list[Intake]) -> Intake:
    used: dict[str, list[Submission | RefusedSubmission]] = {}
    for part in parts:
        everybody: tuple[Submission | RefusedSubmission, ...] = (*part.refused, *part.submissions)
        for one in everybody:
            used.setdefault(one.label, []).append(one)
    judged = [ones[0] if len(ones) == 1 else _used_twice(label, ones) for label, ones in used.items()]
    return Intake(
        submissions=tuple(one for one in judged if isinstance(one, Submission)),
        refused=tuple(one for one in judged if isinstance(one, RefusedSubmission)),
        ignored=sum(part.ignored for part in parts),
    )


def _used_twice(label: str, ones: list[Submission | RefusedSubmission]) -> RefusedSubmission:
    places = [one.sources[0].origin if isinstance(one, Submission) else str(one.error) for one in ones]
    error = ManifestError(
        f"the identifier is used twice, also at {'; '.join(places[1:])}",
        source=places[0],
        remedy="give every person one identifier and list all their samples together",
    )
    return RefusedSubmission(label=label, error=error)


def _as_one_person(parts: list[Intake], label: str) -> Intake:
    refused = [one for part in parts for one in part.refused]
    if refused:
        raise refused[0].error
    sources = tuple(source for part in parts for one in part.submissions for source in one.sources)
    seen: dict[Path, str] = {}
    for source in sources:
        earlier = seen.setdefault(_identity(source.path), source.origin)
        if earlier != source.origin:
            raise ManifestError(
                f"this file is given twice, first at {earlier}", source=source.origin, remedy="name it once"
            )
    submissions = (Submission(label=label, sources=sources),) if sources else ()
    return Intake(submissions=submissions, ignored=sum(part.ignored for part in parts))


def _identity(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # it cannot be read either; whoever opens it will say why
        return path
