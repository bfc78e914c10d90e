"""Descriptions of users' models read from TOML, strictly: a wrong word would spoil all templates."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from biometrics.errors import ConfigurationError
from models.face.align import TARGET_POINTS
from models.face.detect import FivePoints
from models.own.description import (
    Activation,
    AttackDescription,
    EmbedderDescription,
    InputDescription,
    ModelDescription,
    ModelKind,
)
from models.own.table import Table

LARGEST_SIDE_PX = 1024
LARGEST_DIMENSION = 8192
"""Far beyond any face model; larger numbers are slips."""

LONGEST_ID = 80

ARCFACE = "arcface-112"
"""Name of the usual five points (Deng et al., CVPR 2019) in a square of 112 pixels, scaled to the side of the input."""

_ID = re.compile(r"[a-z0-9][a-z0-9._-]*/[a-z0-9][a-z0-9._-]*")
_ARCFACE_SIDE_PX = 112.0


def read_description(path: Path) -> tuple[ModelDescription, str]:
    """Read the description of a model; return it and its text.

    Raises
    ------
    ConfigurationError
        When it is no TOML, lacks something, holds an unknown name or a wrong value; the value is named.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            "the description cannot be read", source=str(path), remedy="name a TOML file; docs/operations.md shows one"
        ) from error
    return parse_description(text, source=str(path)), text


def parse_description(text: str, *, source: str) -> ModelDescription:
    """Read a description held in memory.

    Raises
    ------
    ConfigurationError
        As `read_description`.
    """
    try:
        content: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"the description is no TOML: {error}", source=source, remedy="docs/operations.md shows one"
        ) from error
    try:
        return _model(Table(content))
    except ConfigurationError as error:
        raise error.at(source) from error.__cause__


def check_model_id(text: str) -> str:
    """Return an identifier that can be a file's name and part of a template's format.

    Raises
    ------
    ConfigurationError
        When it cannot.
    """
    if not _ID.fullmatch(text) or len(text) > LONGEST_ID:
        raise ConfigurationError(
            f"{text!r} is no model id", remedy="write name/version in small letters, digits, dots and hyphens"
        )
    return text


def _model(top: Table) -> ModelDescription:
    model_id = check_model_id(top.text("id"))
    kind = ModelKind(top.choice("kind", [one.value for one in ModelKind]))
    described, output = top.table("input"), top.table("output")
    taken = _input(described)
    task: EmbedderDescription | AttackDescription
    if kind is ModelKind.FACE_EMBEDDER:
        task = EmbedderDescription(
            points=_points(described, taken),
            dimension=output.whole("dimension", 2, LARGEST_DIMENSION),
            unit=output.choice("normalisation", ["none", "unit"]) == "unit",
        )
    else:
        task = _attack(described, output)
    model = ModelDescription(
        model_id=model_id,
        licence=top.text("licence"),
        provenance=top.text("provenance"),
        input=taken,
        output=output.text("name", default=""),
        task=task,
    )
    for table in (top, described, output):
        table.require_nothing_else()
    return model


def _input(table: Table) -> InputDescription:
    colors = table.choice("colors", ["RGB", "BGR", "gray"])
    channels = 1 if colors == "gray" else 3
    std = table.numbers("std", channels)
    if min(map(abs, std)) == 0.0:
        raise ConfigurationError("input.std is 0", remedy="write 1 where nothing is divided")
    return InputDescription(
        width=table.whole("width", 16, LARGEST_SIDE_PX),
        height=table.whole("height", 16, LARGEST_SIDE_PX),
        colors=colors,
        layout=table.choice("layout", ["NCHW", "NHWC"]),
        scale=1.0 if table.choice("pixels", ["0-255", "0-1"]) == "0-255" else 1.0 / 255.0,
        mean=table.numbers("mean", channels),
        std=std,
    )


def _points(table: Table, taken: InputDescription) -> FivePoints:
    given = table.take("template")
    if given == ARCFACE:
        if taken.width != taken.height:
            raise ConfigurationError(f"{ARCFACE} needs a square input", remedy="give five points as input.template")
        # Pixel centres lie at whole numbers, so a scaled picture is shifted by half a pixel.
        half = np.float32(0.5)
        return (TARGET_POINTS + half) * np.float32(taken.width / _ARCFACE_SIDE_PX) - half
    try:
        points = np.array(given, dtype=np.float32)
    except (TypeError, ValueError):
        points = np.empty(0, dtype=np.float32)
    if points.shape != (5, 2) or not np.isfinite(points).all():
        raise ConfigurationError(
            f"input.template must be {ARCFACE!r} or five points [x, y]",
            remedy="eye on the picture's left, eye on its right, nose tip, mouth corner on the left, on the right",
        )
    if not ((points >= 0) & (points < [taken.width, taken.height])).all() or points[0, 0] >= points[1, 0]:
        raise ConfigurationError(
            "the points of input.template lie outside the input, or left and right are exchanged",
            remedy="give pixels of the input, the eye on the picture's left first",
        )
    return points


def _attack(described: Table, output: Table) -> AttackDescription:
    names = [name for name in ("bona_fide_index", "attack_index") if output.has(name)]
    if len(names) != 1:
        raise ConfigurationError(
            "give either output.bona_fide_index or output.attack_index", remedy="the first output has index 0"
        )
    return AttackDescription(
        crop=described.number("crop", 1.0, 8.0),
        activation=Activation(output.choice("activation", [one.value for one in Activation])),
        index=output.whole(names[0], 0, LARGEST_DIMENSION),
        means_attack=names[0] == "attack_index",
        threshold=output.number("threshold", 0.001, 0.999),
    )
