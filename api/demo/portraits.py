"""Public-domain portraits of real people, which packages carry; they show the face path and are never enrolled."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from biometrics.arrays import Pixels
from biometrics.errors import ImageFormatError
from biometrics.images import read_image


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPortrait:
    """One picture: the package that carries it, its place there, whom it shows, and to whom it is owed."""

    package: str
    file: str
    title: str
    credit: str


PORTRAITS = (
    PublicPortrait(
        package="matplotlib",
        file="mpl-data/sample_data/grace_hopper.jpg",
        title="Grace Hopper",
        credit="Grace Hopper, US Navy, public domain; carried by matplotlib",
    ),
    PublicPortrait(
        package="skimage",
        file="data/astronaut.png",
        title="Eileen Collins",
        credit="Eileen Collins, NASA, public domain; carried by scikit-image",
    ),
    PublicPortrait(
        package="skimage",
        file="data/camera.png",
        title="A cameraman",
        credit="a cameraman, photographed by Lav Varshney, CC0; carried by scikit-image",
    ),
)


def read_portrait(portrait: PublicPortrait) -> Pixels | None:
    """Return a portrait's pixels; None where its package is not installed or does not carry it."""
    # Finding a package does not import it: only its pictures are wanted.
    spec = find_spec(portrait.package)
    if spec is None or not spec.submodule_search_locations:
        return None
    try:
        return read_image(Path(spec.submodule_search_locations[0]) / portrait.file).pixels
    except ImageFormatError:
        return None
