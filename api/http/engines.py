"""The engine as the threads of a worker ask it: found when it is needed, and again after it was started again."""

from __future__ import annotations

import threading

from api.installation import Installation
from api.serving import running_engine
from biometrics.errors import ServiceError
from biometrics.records import Actor
from enrollment.engine.client import EngineClient
from enrollment.engine.service import EnrollmentService


class EngineDoor:
    """Returns clients of the installation's engine, one per actor, over connections that all share."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._client: EngineClient | None = None
        self._finding = threading.Lock()

    def acting(self, actor: Actor) -> EnrollmentService:
        """Return the engine, acting for somebody.

        Raises
        ------
        ServiceError
            When none runs, or it cannot be asked.
        """
        with self._finding:
            if self._client is None:
                self._client = running_engine(self._installation)
            if self._client is None:
                raise ServiceError("the engine does not run", remedy="kura serve starts it again")
            return self._client.acting(actor)

    def close(self) -> None:
        """Close the connections."""
        with self._finding:
            if self._client is not None:
                self._client.close()
            self._client = None
