"""Who owns the registry: an engine that is asked, or this process for a while; everything that writes passes here."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from api import wiring
from api.anchoring import anchored
from api.installation import Installation
from api.server_settings import DEFAULT_SERVER
from biometrics.positions import Modality
from biometrics.protocols import Progress, no_progress
from biometrics.records import SYSTEM, Actor
from enrollment.engine.client import EngineClient, find_engine
from enrollment.engine.local import LocalService, Owner
from enrollment.engine.service import EnrollmentService
from enrollment.keeping import Galleries
from enrollment.operations.operation import Answer, Asked, Operation, Performs
from matching.calibration import Calibration
from registry import location, migration
from registry.migration import Migration
from registry.ownership import OwnerRole, own, owned, try_to_own
from registry.reading import Reader
from registry.store import BUSY_TIMEOUT_S, Registry

_LOOK_AGAIN_S = 0.02


@contextmanager
def open_service(
    installation: Installation, actor: Actor = SYSTEM, *, create: bool, progress: Progress = no_progress
) -> Iterator[EnrollmentService]:
    """Yield whoever owns the installation's registry: the engine where one runs, else this process for the while.

    Every command that writes, or searches the gallery, works through it. Nobody may open it twice at once.

    Raises
    ------
    RecordBusyError
        When another command owns the registry and does not end in time.
    ServiceError
        When the engine cannot be asked.
    RecordError
        As `wiring.open_registry`.
    """
    _require_registry(installation, create=create)
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        engine = running_engine(installation, actor)
        if engine is not None:
            with engine:
                yield engine
            return
        ownership = try_to_own(installation.home, OwnerRole.COMMAND)
        if ownership is not None:
            with (
                ownership,
                wiring.open_registry(installation, create=create) as registry,
                anchored(registry, installation),
            ):
                galleries = wiring.open_galleries(registry, installation)
                with galleries.kept_at_the_end():
                    yield LocalService(open_owner(galleries, registry, installation, progress), actor)
            return
        if time.monotonic() > deadline:
            raise owned(installation.home)
        time.sleep(_LOOK_AGAIN_S)


def running_engine(installation: Installation, actor: Actor = SYSTEM) -> EngineClient | None:
    """Return a client of the engine that owns the installation's registry; None when none runs.

    Raises
    ------
    ServiceError
        When it cannot be asked, or works by other settings.
    """
    return find_engine(location.registry_folder(installation.home), settings_digest(installation), actor)


def performing(installation: Installation, actor: Actor) -> Performs:
    """Return what has each operation performed by whoever owns the registry then: for long work beside other commands.

    Without an engine, this process owns the registry for one operation at a time.
    """

    def perform(operation: Operation[Asked, Answer], asked: Asked) -> Answer:
        with open_service(installation, actor, create=False) as service:
            return service.call(operation, asked)

    return perform


@contextmanager
def owned_registry(
    installation: Installation, *, create: bool, role: OwnerRole = OwnerRole.COMMAND
) -> Iterator[Registry]:
    """Yield the registry, owned by this process alone: for work that no engine may be running beside.

    Raises
    ------
    RecordBusyError
        When an engine runs, or another command owns the registry and does not end in time.
    RecordError
        As `wiring.open_registry`.
    """
    _require_registry(installation, create=create)
    with (
        own(installation.home, role, BUSY_TIMEOUT_S),
        wiring.open_registry(installation, create=create) as opened,
        anchored(opened, installation, at_end=role is OwnerRole.ENGINE),
    ):
        yield opened


def _require_registry(installation: Installation, *, create: bool) -> None:
    """Refuse a home without a registry before anything is made in it."""
    if not create and not wiring.has_registry(installation):
        wiring.open_registry(installation, create=False).close()


def open_owner(galleries: Galleries, registry: Registry, installation: Installation, progress: Progress) -> Owner:
    """Return what serves from a registry that this process owns; a gallery is opened when it is needed."""

    def calibrations(record: Reader) -> Mapping[Modality, Calibration]:
        wiring.require_chosen_face_model(record, installation)
        return wiring.load_calibrations(installation)

    return Owner(
        registry,
        installation.settings.policy,
        open_gallery=lambda gallery_id: galleries.open(gallery_id, progress).gallery,
        calibrations=calibrations,
        galleries=galleries,
    )


def settings_digest(installation: Installation) -> str:
    """Return a digest of the settings; the engine and whoever asks it must have read the same.

    Those of the server are left out: they do not change what an engine answers.
    """
    settings = dataclasses.replace(installation.settings, server=DEFAULT_SERVER)
    return hashlib.sha256(repr(settings).encode()).hexdigest()


def planned_migration(installation: Installation) -> Migration:
    """Return what `migrate_registry` would do.

    Raises
    ------
    RecordError
        When there is no registry, or it cannot be read.
    """
    return migration.planned_migration(installation.home, BUSY_TIMEOUT_S)


def migrate_registry(
    installation: Installation, actor: Actor, *, copy: bool, progress: Progress = no_progress
) -> Migration:
    """Bring the registry to the present version, while no other process owns it.

    Raises
    ------
    ConfigurationError
        When a copy is asked for that the database cannot make.
    RecordError
        When the registry is in use, absent or damaged, or the disk is full; it is as it was.
    """
    planned_migration(installation)  # before anything is made in a home without a registry
    with own(installation.home, OwnerRole.COMMAND, BUSY_TIMEOUT_S):
        key = installation.settings.protection.open()
        return migration.migrate(
            installation.home, BUSY_TIMEOUT_S, copy=copy, actor=actor, key_encryption=key, progress=progress
        )
