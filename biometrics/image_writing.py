"""Pictures as files, and the mark that tells simulated ones from people's."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from biometrics.arrays import Pixels
from biometrics.files import write_whole

SIMULATED_KEYWORD = "Kura-Simulated"
"""Keyword of the PNG text chunk that marks a simulated picture, whatever its value (PNG specification, 11.3.3); in a
JPEG file the beginning of its comment."""

_SIMULATED_COMMENT = "simulated by Kura: shows no person's finger"


def is_marked(image: Image.Image) -> bool:
    """Say whether an opened file carries the mark."""
    comment = image.info.get("comment", b"")
    text = comment if isinstance(comment, bytes) else str(comment).encode(errors="replace")
    return SIMULATED_KEYWORD in image.info or text.startswith(SIMULATED_KEYWORD.encode())


def encode_png(pixels: Pixels, ppi: float | None = None, *, simulated: bool = False) -> bytes:
    """Return the pixels as a PNG file, with a resolution tag when one is given and a mark when nobody is shown."""
    buffer = io.BytesIO()
    tags = PngInfo()
    if simulated:
        tags.add_text(SIMULATED_KEYWORD, "yes")
        tags.add_text("Comment", _SIMULATED_COMMENT)
    resolution = {} if ppi is None else {"dpi": (ppi, ppi)}
    Image.fromarray(pixels).save(buffer, "PNG", pnginfo=tags, **resolution)
    return buffer.getvalue()


def encode_jpeg(image: Image.Image, *, quality: int, simulated: bool = False) -> bytes:
    """Return a picture as a JPEG file, with a mark when nobody is shown."""
    buffer = io.BytesIO()
    mark = {"comment": f"{SIMULATED_KEYWORD}: {_SIMULATED_COMMENT}"} if simulated else {}
    image.save(buffer, "JPEG", quality=quality, **mark)
    return buffer.getvalue()


def write_png(path: Path, pixels: Pixels, ppi: float | None = None, *, simulated: bool = False) -> None:
    """Write the pixels as a PNG file that only its owner may read and that is there whole or not at all.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    write_whole(path, encode_png(pixels, ppi, simulated=simulated))
