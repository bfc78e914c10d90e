"""Engines of the tests: in a thread of this process, or in a process of their own that can be killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from biometrics.records import SYSTEM, Actor
from enrollment.engine.client import EngineClient, find_engine
from enrollment.engine.local import Owner
from enrollment.engine.server import Engine
from enrollment.keeping import Galleries
from enrollment.keeping import galleries as keeping
from enrollment.preparation import PreparedSubmission, prepare
from enrollment.submission import SampleSource, Submission
from matching.gallery import Gallery
from registry.gallery_view import GalleryView
from registry.location import registry_folder
from registry.ownership import OwnerRole, own
from registry.store import Registry
from tests.enrollment.fakes import fake_extractors, picture
from tests.enrollment.keeping.population import galleries_of
from tests.enrollment.office import POLICY, calibrations, new_gallery

SETTINGS = "digest of the settings"
_STARTS_WITHIN_S = 60.0


def open_owner(registry: Registry, galleries: Galleries | None = None) -> Owner:
    """Return an owner with fixed calibrations, whose galleries are kept where `galleries` are given."""

    def open_gallery(gallery_id: str) -> Gallery:
        if galleries is not None:
            return galleries.open(gallery_id).gallery
        gallery = new_gallery()
        gallery.follow(GalleryView(source=registry, gallery_id=gallery_id))
        return gallery

    return Owner(
        registry, POLICY, open_gallery=open_gallery, calibrations=lambda _: calibrations(), galleries=galleries
    )


def client_of(home: Path, actor: Actor = SYSTEM) -> EngineClient:
    """Return a client of the engine that serves a home, waiting until it does."""
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < deadline:
        client = find_engine(registry_folder(home), SETTINGS, actor)
        if client is not None:
            return client
        time.sleep(0.01)
    raise RuntimeError("no engine came up")


@contextmanager
def serving(home: Path) -> Iterator[Engine]:
    """Serve a home from a thread; it has ended when the block has."""
    with own(home, OwnerRole.ENGINE, 5.0), Registry.open(home) as registry:
        engine = Engine(open_owner(registry), registry_folder(home), SETTINGS)
        thread = threading.Thread(target=engine.serve)
        thread.start()
        try:
            client_of(home).close()
            yield engine
        finally:
            engine.stop()
            thread.join()


def start_engine(home: Path) -> int:
    """Serve a home from a process of its own and return its process id; it ends by a signal.

    It keeps its gallery again and again, so that a kill may come while a snapshot is written.
    """
    child = os.fork()
    if child:
        return child
    try:
        keeping.KEEP_EVERY_S, keeping.LONGEST_SHARE = 0.0, 1e9
        with own(home, OwnerRole.ENGINE, 30.0), Registry.open(home) as registry:
            galleries = galleries_of(registry, home / "galleries")
            engine = Engine(open_owner(registry, galleries), registry_folder(home), SETTINGS)
            signal.signal(signal.SIGTERM, lambda *_: engine.stop())
            with galleries.kept_regularly(every_s=0.02):
                engine.serve()
    finally:
        os._exit(0)  # whoever started it sees by its silence that it did not come up


def person(folder: Path, label: str, number: int, capture: int = 0, *, color: bool = False) -> PreparedSubmission:
    """Return a person ready to be enrolled."""
    path = folder / f"{label}.png"
    path.write_bytes(picture(number, capture, color=color))
    source = SampleSource(path=path, origin=str(path))
    return prepare(Submission(label=label, sources=(source,)), fake_extractors())
