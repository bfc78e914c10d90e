"""How much load: who is enrolled before, who comes meanwhile, and how many ask at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadProfile:
    """What a run of the benchmark does.

    Parameters
    ----------
    name
        By which the command knows it.
    enrolled
        Persons in the gallery before the load begins; verified and identified under load.
    arriving
        Persons whom stations enroll under load.
    returning
        How many of the arriving come again under another name; nobody of them may come out unique twice.
    stations, verifiers, identifiers
        Who asks at once, each the next call when the one before is answered.
    seconds
        Longest duration of the load.
    calls, rounds
        Calls of each kind in a round, and rounds, of the comparison with the same work in one process.
    """

    name: str
    enrolled: int
    arriving: int
    returning: int
    stations: int
    verifiers: int
    identifiers: int
    seconds: int
    calls: int
    rounds: int

    @property
    def callers(self) -> int:
        """Who asks at once."""
        return self.stations + self.verifiers + self.identifiers


PROFILES = {
    profile.name: profile
    for profile in (
        LoadProfile(
            name="tiny", enrolled=6, arriving=6, returning=3, stations=2, verifiers=1, identifiers=1, seconds=20,
            calls=2, rounds=1,
        ),
        LoadProfile(
            name="small", enrolled=40, arriving=60, returning=15, stations=3, verifiers=2, identifiers=2, seconds=90,
            calls=10, rounds=5,
        ),
        LoadProfile(
            name="large", enrolled=400, arriving=600, returning=100, stations=8, verifiers=6, identifiers=4,
            seconds=900, calls=20, rounds=9,
        ),
    )
}  # fmt: skip
"""By name; `tiny` shows that everything works and measures nothing that should be quoted."""
