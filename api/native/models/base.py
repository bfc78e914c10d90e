"""What all models of the native API share: strict and closed where they come in, complete where they go out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

LONGEST_REASON = 2000
LONGEST_NAME = 200

ReasonText = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_REASON), Field(description="why, for whoever reads on")
]
NameText = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]
Sha256Text = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
GalleryName = Annotated[
    str,
    StringConstraints(pattern="^[A-Za-z][A-Za-z0-9_-]{0,63}$"),
    Field(description="name of a gallery, as GET /v1/galleries lists it"),
]
PositionWord = Literal[
    "unknown",
    "right_thumb",
    "right_index",
    "right_middle",
    "right_ring",
    "right_little",
    "left_thumb",
    "left_index",
    "left_middle",
    "left_ring",
    "left_little",
    "face",
]
ModalityWord = Literal["finger", "face"]


class Asked(BaseModel):
    """What a client sends: of exactly these types, and nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Told(BaseModel):
    """What the server answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)
