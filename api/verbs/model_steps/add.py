"""`kura models add`: a model of one's own, tried on the spot and kept in the installation."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared

if TYPE_CHECKING:
    from models.own.description import ModelDescription
    from models.own.pictures import FacePicture
    from models.own.trial import Trial

NAME, SUMMARY = "add", "try an ONNX face embedder or presentation attack model of your own, and keep it"

MOST_MODEL_BYTES = 2_000_000_000
"""An ONNX file cannot hold more; larger models keep their weights elsewhere, which is refused."""

MOST_PICTURES = 200
"""Pictures of a folder that a model is tried on: enough to see that it works."""


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("file", type=Path, metavar="FILE.onnx", help="the model")
    step.add_argument(
        "--description",
        type=Path,
        required=True,
        metavar="FILE.toml",
        help="what the model takes, gives and may be used for",
    )
    step.add_argument("--images", type=shared.folder, metavar="DIR", help="portraits to try it on as well")


def run(arguments: argparse.Namespace) -> int:
    """Try the model, keep it, and say what was measured."""
    from api import wiring
    from api.command_line import DONE
    from api.installation import open_installation
    from models.own.reading import read_description
    from models.own.trial import try_model

    description, text = read_description(arguments.description)
    data = _read(arguments.file)
    installation = open_installation(arguments.home, create=True)
    library = wiring.open_library(installation)
    library.require_free(description.model_id)
    trial = try_model(data, description)
    tried, notes = _measured(trial), list(trial.notes)
    if arguments.images is not None:
        on_pictures, note = _try_on_pictures(arguments.images, data, description)
        tried |= on_pictures
        notes += [note] if note else []
    added = library.add(data, text, tried=tried)
    document = {
        "model_id": description.model_id,
        "kind": description.kind.value,
        "license": description.licence,
        "sha256": added.sha256,
        "folder": str(added.file.parent),
        "measured": tried,
        "notes": notes,
    }
    if arguments.json:
        shared.print_json(document)
    else:
        print("\n".join(_lines(document)))
    return DONE


def _read(file: Path) -> bytes:
    from biometrics.errors import ConfigurationError

    try:
        if file.stat().st_size > MOST_MODEL_BYTES:
            raise ConfigurationError("the model has more than 2 GB", source=str(file), remedy="give a smaller one")
        return file.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "impossible path"
        raise ConfigurationError(f"the model cannot be read: {reason}", source=str(file)) from error


def _measured(trial: Trial) -> dict[str, Any]:
    import onnxruntime

    found: dict[str, Any] = {
        "ms_per_face": round(trial.ms, 2),
        "takes_batches": trial.batched,
        "runtime": f"onnxruntime {onnxruntime.__version__}",
    }
    if trial.norms is not None:
        found["norms_on_drawn_faces"] = [round(norm, 4) for norm in trial.norms]
    if trial.scores is not None:
        found["scores_on_drawn_faces"] = [round(score, 4) for score in trial.scores]
    return found


def _try_on_pictures(folder: Path, data: bytes, description: ModelDescription) -> tuple[dict[str, Any], str | None]:
    from models.own.attacks import OwnAttackDetector
    from models.own.description import ModelKind
    from models.own.embedder import OwnEmbedder
    from models.own.network import OwnNetwork
    from models.own.pictures import count_verdicts, try_embedder

    pictures, without = _faces_in(folder)
    network = OwnNetwork(data, description)
    found: dict[str, Any] = {"pictures": len(pictures) + without, "pictures_without_a_face": without}
    if description.kind is ModelKind.PRESENTATION_ATTACK:
        counts = count_verdicts(OwnAttackDetector(network, description), pictures)
        return found | {"verdicts": {verdict.value: count for verdict, count in counts.items()}}, None
    trial = try_embedder(OwnEmbedder(network, description), pictures)
    cosines = {"median_cosine_with_mirror_image": trial.mirrored, "median_cosine_of_different_pictures": trial.others}
    return found | {name: None if one is None else round(one, 3) for name, one in cosines.items()}, trial.note


def _faces_in(folder: Path) -> tuple[list[FacePicture], int]:
    """Return the faces in the pictures of a folder, and how many of these have none; unreadable files have none."""
    from api.progress import progress_display
    from biometrics.errors import BiometricsError, ConfigurationError
    from biometrics.images import SUFFIXES, read_image
    from biometrics.positions import Position
    from biometrics.samples import BiometricSample, now_utc
    from models.face.align import to_color
    from models.face.extractor import FaceExtractor
    from models.own.pictures import FacePicture
    from models.store import ModelStore

    files = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES][:MOST_PICTURES]
    if not files:
        raise ConfigurationError("no pictures in this folder", source=str(folder), remedy="give a folder of portraits")
    detector = FaceExtractor.load(ModelStore())
    found: list[FacePicture] = []
    with progress_display() as progress:
        for done, path in enumerate(files, start=1):
            try:
                pixels = to_color(read_image(path).pixels)
                faces = detector.detect(BiometricSample(position=Position.FACE, pixels=pixels, captured_at=now_utc()))
                found += [FacePicture(pixels=pixels, face=face) for face in faces[:1]]
            except BiometricsError:
                pass
            progress(done, len(files), "trying")
    return found, len(files) - len(found)


def _lines(document: dict[str, Any]) -> list[str]:
    lines = [f"{document['model_id']} ({document['kind']}) is kept in {document['folder']}"]
    lines += [f"  {name.replace('_', ' ')}: {value}" for name, value in document["measured"].items()]
    lines += [f"  note: {note}" for note in document["notes"]]
    if document["kind"] == "face-embedder":
        model_id = document["model_id"]
        return [
            *lines,
            f"next: kura models calibrate --model {model_id} --images DIR --population NAME --out FILE.json, then",
            f"      kura registry reextract --model {model_id} --calibration FILE.json",
        ]
    return [*lines, f'next: write pad_model = "{document["model_id"]}" into the settings']
