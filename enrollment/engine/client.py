"""The service over the engine's socket: what a command uses when an engine runs."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, cast

from biometrics.decisions import EnrollmentOutcome, NotEnrolled
from biometrics.errors import ServiceError, ServiceLostError
from biometrics.protocols import Progress, no_progress
from biometrics.records import DEFAULT_GALLERY, SYSTEM, Actor
from biometrics.templates import Template
from enrollment.deduplication.state import RunState
from enrollment.earlier import EarlierEnrollment
from enrollment.encounters.drafts import EncounterDraft, Placement, RecordedEncounter
from enrollment.encounters.search import PersonSearch, PersonsFound
from enrollment.engine import protocol
from enrollment.engine.address import connect
from enrollment.engine.connections import REPEAT, Connections
from enrollment.engine.frames import receive
from enrollment.engine.protocol import Greeting
from enrollment.engine.service import GalleryState, Identified, Verified
from enrollment.keeping import GalleryFigures
from enrollment.operations.operation import Answer, Asked, Operation
from enrollment.preparation import PreparedSubmission

_GO_ON = "go on with kura dedup resume when it runs again"
_LOOK_FIRST = "see whether it was done before you repeat it"


class EngineClient:
    """An `EnrollmentService` by the engine, for one actor; threads ask at once, each on a connection of its own.

    Close it, or use it in a `with` statement. Made by `find_engine`.
    """

    def __init__(self, connections: Connections, actor: Actor) -> None:
        self._connections = connections
        self._actor = actor

    @property
    def greeting(self) -> Greeting:
        """What the engine said first."""
        return self._connections.greeting

    def acting(self, actor: Actor) -> EngineClient:
        """Return a client for another actor on the same connections; closing one closes them for all."""
        return EngineClient(self._connections, actor)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def __enter__(self) -> EngineClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def enroll(self, prepared: PreparedSubmission) -> EnrollmentOutcome:
        """Search a person, decide and record."""
        return cast("EnrollmentOutcome", self._ask("enroll", prepared=prepared))

    def earlier(self, label: str, digests: tuple[str, ...]) -> EarlierEnrollment | None:
        """Return what became of the same samples."""
        return cast("EarlierEnrollment | None", self._ask("earlier", label=label, digests=digests))

    def portraits_apart(self, portraits: tuple[Template, ...]) -> tuple[int, ...]:
        """Return the portraits that are unlike most of the others."""
        return cast("tuple[int, ...]", self._ask("portraits_apart", portraits=portraits))

    def identify(self, prepared: PreparedSubmission, limit: int) -> Identified:
        """Search a person."""
        return cast("Identified", self._ask("identify", prepared=prepared, limit=limit))

    def verify(self, prepared: PreparedSubmission, label: str) -> Verified:
        """Compare a person with the one enrolled under a label."""
        return cast("Verified", self._ask("verify", prepared=prepared, label=label))

    def record_encounter(self, draft: EncounterDraft) -> RecordedEncounter | NotEnrolled:
        """Search a person in all galleries named, decide and record."""
        return cast("RecordedEncounter | NotEnrolled", self._ask("record_encounter", draft=draft))

    def replace_encounter(self, draft: EncounterDraft) -> RecordedEncounter | NotEnrolled:
        """Put an encounter in the place of another."""
        return cast("RecordedEncounter | NotEnrolled", self._ask("replace_encounter", draft=draft))

    def place_encounter(self, asked: Placement) -> RecordedEncounter:
        """Let an encounter be in these galleries and no others."""
        return cast("RecordedEncounter", self._ask("place_encounter", asked=asked))

    def search_persons(self, asked: PersonSearch) -> PersonsFound:
        """Search a person in some galleries."""
        return cast("PersonsFound", self._ask("search_persons", asked=asked))

    def verify_person(
        self, prepared: PreparedSubmission, person: str, gallery_id: str | None, in_use_only: bool = True
    ) -> Verified:
        """Compare a person with the one of a label."""
        answer = self._ask(
            "verify_person", prepared=prepared, person=person, gallery_id=gallery_id, in_use_only=in_use_only
        )
        return cast("Verified", answer)

    def deduplicate(
        self, progress: Progress = no_progress, *, gallery_id: str = DEFAULT_GALLERY, only_new: bool = False
    ) -> RunState:
        """Compare everybody, or who is new, with everybody."""
        answer = self._ask("deduplicate", progress, remedy=_GO_ON, gallery_id=gallery_id, only_new=only_new)
        return cast("RunState", answer)

    def resume_deduplication(self, progress: Progress = no_progress, *, run_id: str) -> RunState:
        """Go on with a run that ended early."""
        return cast("RunState", self._ask("resume_deduplication", progress, remedy=_GO_ON, run_id=run_id))

    def state(self, gallery_id: str = DEFAULT_GALLERY) -> GalleryState:
        """Return how many persons can be found."""
        return cast("GalleryState", self._ask("state", gallery_id=gallery_id))

    def keep_gallery(self, *, gallery_id: str = DEFAULT_GALLERY, compact: bool = False) -> GalleryFigures:
        """Write a snapshot of a gallery."""
        return cast("GalleryFigures", self._ask("keep_gallery", gallery_id=gallery_id, compact=compact))

    def gallery_figures(self, *, gallery_id: str = DEFAULT_GALLERY) -> GalleryFigures:
        """Return what a gallery holds."""
        return cast("GalleryFigures", self._ask("gallery_figures", gallery_id=gallery_id))

    def call(self, operation: Operation[Asked, Answer], asked: Asked) -> Answer:
        """Let the engine perform an operation on the registry."""
        return cast("Answer", self._ask(operation.name, remedy=_LOOK_FIRST, asked=asked))

    def _ask(self, name: str, progress: Progress = no_progress, *, remedy: str = REPEAT, **arguments: Any) -> Any:
        asked = protocol.question(name)
        message = protocol.question_message(asked, self._actor, arguments)
        try:
            connection = self._connections.ask(message)
        except OSError as error:
            raise ServiceLostError("the engine ended before it was asked", remedy=remedy) from error
        try:
            reply = receive(connection)
            while (told := protocol.read_progress(reply)) is not None:
                progress(*told)
                reply = receive(connection)
        except OSError as error:
            connection.close()
            raise ServiceLostError("the engine ended before it answered", remedy=remedy) from error
        except BaseException:  # an answer may still come, which the next question must not take for its own
            connection.close()
            raise
        self._connections.give_back(connection)
        return protocol.read_answer(reply, asked.answer)


def find_engine(folder: Path, settings: str | None, actor: Actor = SYSTEM) -> EngineClient | None:
    """Return a client of the engine that serves a registry's folder; None when none does.

    Parameters
    ----------
    folder
        The registry's folder.
    settings
        Digest of the settings that the command has read; None when they do not matter.
    actor
        For whom the client asks.

    Raises
    ------
    ServiceError
        When it is busy, of another version, works by other settings, or is another user's.
    """
    try:
        first = connect(folder)
    except OSError as error:
        remedy = "run the command as the user that the engine runs as"
        raise ServiceError(f"the engine cannot be reached: {error.strerror}", remedy=remedy) from error
    return None if first is None else EngineClient(Connections(folder, settings, first), actor)
