"""Centring: whether the whole face is in the picture, and in the middle of it."""

from __future__ import annotations

from models.face.quality.view import Component, FaceView, judged

_CUT_OFF_SHARE = 0.12
"""Share of the box beyond the edges. One face in fifty of the FairFace sample, tight cuts, is above."""

_OFF_CENTRE_SHARE = 0.15
"""Of the width, or of the height, between the face's middle and the picture's (a portrait's face is a little above
it)."""


def assess_centring(view: FaceView) -> Component:
    """Judge where the face is in the picture."""
    face = view.face
    x, y = face.centre
    right, down = x / view.width - 0.5, y / view.height - 0.5
    seen_width = min(face.left + face.width, view.width) - max(face.left, 0.0)
    seen_height = min(face.top + face.height, view.height) - max(face.top, 0.0)
    cut_off = 1.0 - max(0.0, seen_width) * max(0.0, seen_height) / (face.width * face.height)
    return judged(
        "centring",
        {"off_centre_right_share": right, "off_centre_down_share": down, "cut_off_share": cut_off},
        bad=((cut_off > _CUT_OFF_SHARE, "cut_off"),),
        improve=((max(abs(right), abs(down)) > _OFF_CENTRE_SHARE, "off_centre"),),
    )
