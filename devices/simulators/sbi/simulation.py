"""What is simulated, as a command or a test chooses it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from biometrics.errors import ConfigurationError
from devices.sbi.words import ENVIRONMENTS
from devices.simulators.sbi.hand import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What is simulated.

    Parameters
    ----------
    person
        Who stands in front of the devices.
    port
        On 127.0.0.1; None takes the first free one of 4501-4600, 0 any free one, where no client looks by itself.
    folder
        Where keys and certificates are kept between starts; None makes new ones in memory.
    trust
        File to write the root certificate to, in PEM: what clients must trust.
    faces
        Folder of portraits for a simulated camera; without it there is none.
    environment
        `env` that the devices are registered in.
    certification
        L1 devices sign digital ids with the key of a chip, L0 with their own.
    control_token
        Lets `/simulator/...` change faults and presentation over HTTP, for whoever has it; without it there is no such
        path.

    Raises
    ------
    ConfigurationError
        When the environment is none of the specification's.
    """

    person: Person = field(default_factory=Person)
    port: int | None = None
    folder: Path | None = None
    trust: Path | None = None
    faces: Path | None = None
    environment: str = "Developer"
    certification: str = "L1"
    control_token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.environment not in ENVIRONMENTS:
            raise ConfigurationError(
                f"no env is called {self.environment!r}", remedy=f"use one of {', '.join(ENVIRONMENTS)}"
            )
