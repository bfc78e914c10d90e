"""Number of faces: a portrait shows one."""

from __future__ import annotations

from models.face.quality.view import Component, FaceView, judged


def assess_count(view: FaceView) -> Component:
    """Judge how many faces there are; rivals may have been meant, bystanders should not be in the picture either."""
    others = len(view.subject.faces) - 1
    return judged(
        "count",
        {"faces": float(others + 1)},
        bad=((view.subject.rivals > 0, "several"),),
        improve=((others > 0, "bystanders"),),
    )
