"""Running the simulator until somebody ends it, and saying what it is: for a command."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

from devices.simulators.sbi.faults import FAULTS
from devices.simulators.sbi.simulation import Simulation
from devices.simulators.sbi.simulator import SbiSimulator

_LOOK_S = 0.5


def serve(  # noqa: PLR0913
    simulation: Simulation,
    *,
    faults: Sequence[str] = (),
    presentation: str = "as-asked",
    tell: Callable[[str], None] = print,
    started: Callable[[SbiSimulator], None] | None = None,
    ending: threading.Event | None = None,
) -> None:
    """Simulate until `ending` is set, or the keyboard interrupts.

    Parameters
    ----------
    simulation
        What is simulated.
    faults
        Names of `FAULTS` that are switched on all the time.
    presentation
        Name of what the person does, of `PRESENTATIONS`.
    tell
        Takes the lines that say what runs where.
    started
        Is handed the simulator once it serves, for whoever has use for more than lines.
    ending
        Set from another thread, or by a signal handler, to end it.

    Raises
    ------
    ConfigurationError
        When a name is unknown, or a file or folder cannot be used.
    DeviceBusyError
        When the port is taken.
    """
    wanted = ending or threading.Event()
    simulator = SbiSimulator(simulation)
    for name in faults:
        simulator.faults.switch_on(name)
    simulator.present(presentation)
    try:
        simulator.start(ready_within_s=None)
        for line in _told(simulation, simulator, presentation):
            tell(line)
        if started is not None:
            started(simulator)
        while not wanted.wait(_LOOK_S):
            pass
    except KeyboardInterrupt:
        pass
    finally:
        simulator.close()


def _told(simulation: Simulation, simulator: SbiSimulator, presentation: str) -> Iterator[str]:
    person = simulation.person
    trust = simulation.trust or (simulation.folder / "root.pem" if simulation.folder else None)
    yield "SIMULATED devices: no person's fingers are shown, and whoever trusts them trusts everybody"
    yield f"MOSIP SBI 0.9.5 at {simulator.url}, env {simulation.environment}, {simulation.certification}"
    for device in simulator.devices:
        yield f"  {device.device_id}: {device.model}, {device.serial}"
    yield f"trust: {trust or 'give a file to write the root certificate to'}"
    yield f"person {person.number}, visit {person.seed}, profile {person.profile}, {presentation}"
    for name in simulator.faults.names:
        yield f"fault {name}: {FAULTS[name]}"
    if simulation.control_token:
        yield f"control: PUT {simulator.url}simulator/faults/NAME, Authorization: Bearer {simulation.control_token}"
