"""Portraits given as one person's that do not look like one: a person decides whether somebody else is among them."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from biometrics.positions import Modality
from biometrics.templates import Template
from enrollment.preparation import PreparedSample, PreparedSubmission

DISAGREEMENT = "the portraits do not look like one person"

_UNLIKE = "unlike other portraits given for this person; see whether it shows somebody else"


@runtime_checkable
class ComparesPortraits(Protocol):
    """Whoever knows what scores between portraits mean: a gallery, or a service that has one."""

    def portraits_apart(self, portraits: tuple[Template, ...]) -> tuple[int, ...]:
        """Return the indices of portraits given as one person's that are unlike most of the others."""
        ...


def unlike_portraits(prepared: PreparedSubmission, gallery: ComparesPortraits) -> tuple[PreparedSample, ...]:
    """Return the portraits that are unlike most of the others; all of them where nobody can say which; mostly none."""
    faces = [(one, one.extraction.template) for one in prepared.samples if one.sample.modality is Modality.FACE]
    usable = [(one, template) for one, template in faces if template is not None]
    if len(usable) < 2:
        return ()
    return tuple(usable[index][0] for index in gallery.portraits_apart(tuple(template for _, template in usable)))


def portrait_warnings(prepared: PreparedSubmission, gallery: ComparesPortraits) -> tuple[str, ...]:
    """Return what an operator should know about such portraits, with the file's name."""
    return tuple(f"{one.source.path.name}: {_UNLIKE}" for one in unlike_portraits(prepared, gallery))
