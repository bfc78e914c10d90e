"""Galleries that outlive their process: loaded from a snapshot where it is this registry's, else built anew."""

from enrollment.keeping.figures import GalleryFigures
from enrollment.keeping.galleries import Galleries
from enrollment.keeping.keys import SnapshotKeys
from enrollment.keeping.opening import GalleryMaker, Kept, Opened, Origin

__all__ = ["Galleries", "GalleryFigures", "GalleryMaker", "Kept", "Opened", "Origin", "SnapshotKeys"]
