"""The same work without the service: pictures in memory, one process, no sockets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2

from api import serving, wiring
from api.installation import open_installation
from benchmarks.load.people import Visit
from biometrics.positions import Modality
from biometrics.protocols import no_progress
from biometrics.records import DEFAULT_GALLERY
from devices.simulated import PPI
from enrollment.encounters.drafts import EncounterDraft
from enrollment.encounters.search import PersonSearch
from enrollment.engine.local import LocalService
from enrollment.engine.service import EnrollmentService
from enrollment.preparation import Extractors, PreparedSubmission, ReceivedImage, prepare_received

_LIMIT = 10
"""Candidates asked for: as many as an identification over OSIA answers when nobody says how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InProcess:
    """Enrolls, identifies and verifies as the service does, in this process."""

    service: EnrollmentService
    extractors: Extractors

    def enroll(self, person: str, visit: Visit) -> None:
        """Enroll a person."""
        draft = EncounterDraft(
            prepared=self._prepared(person, visit), galleries=(DEFAULT_GALLERY,), name=None, document="{}"
        )
        self.service.record_encounter(draft)

    def identify(self, visit: Visit) -> None:
        """Search a person."""
        prepared = self._prepared("probe", visit)
        self.service.search_persons(PersonSearch(galleries=(DEFAULT_GALLERY,), prepared=prepared, limit=_LIMIT))

    def verify(self, person: str, visit: Visit) -> None:
        """Compare a person with the one of a name."""
        self.service.verify_person(self._prepared("probe", visit), person, DEFAULT_GALLERY)

    def _prepared(self, label: str, visit: Visit) -> PreparedSubmission:
        received = [
            ReceivedImage(data=data, modality=Modality.FINGER, position=position, ppi=float(PPI), origin=position.value)
            for position, data in visit.pictures
        ]
        return prepare_received(label, received, self.extractors, gallery_id=DEFAULT_GALLERY)


@contextmanager
def in_process(home: Path) -> Iterator[InProcess]:
    """Yield the work of the service in this process, on a home of its own."""
    cv2.setNumThreads(1)  # as in the service's workers
    installation = open_installation(home, create=True)
    extractors = wiring.load_extractors(installation)
    with serving.owned_registry(installation, create=True) as registry:
        galleries = wiring.open_galleries(registry, installation)
        owner = serving.open_owner(galleries, registry, installation, no_progress)
        yield InProcess(service=LocalService(owner), extractors=extractors)
