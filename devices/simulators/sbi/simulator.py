"""The simulator as an object: started in a thread of its own, and made to misbehave while it runs."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType

from starlette.applications import Starlette
from uvicorn import Config, Server

from biometrics.errors import ConfigurationError, DeviceBusyError
from devices.sbi.words import FIRST_PORT, LAST_PORT, Status
from devices.simulators.sbi.captures import Capturing
from devices.simulators.sbi.control import control_routes
from devices.simulators.sbi.faces import Faces
from devices.simulators.sbi.faults import VERBS, Faults
from devices.simulators.sbi.hand import Hands, Visit
from devices.simulators.sbi.identity import FACE_CAMERA, SINGLE_SCANNER, SLAP_SCANNER, Identity, SimulatedDevice
from devices.simulators.sbi.pki import Pki
from devices.simulators.sbi.presentation import Presentation, named
from devices.simulators.sbi.service import Service
from devices.simulators.sbi.simulation import Simulation
from devices.simulators.sbi.wire import OpenConnection

HOST = "127.0.0.1"

_START_S, _STOP_S = 10.0, 10.0
_GROW_S = 120.0
"""Growing ten fingers takes half a second, and once half a minute more while their kernels are compiled."""


class SbiSimulator:
    """A MOSIP SBI 0.9.5 service on this machine, whose devices and persons are simulated.

    ::

        with SbiSimulator(Simulation(trust=Path("trust.pem"))) as simulator:
            print(simulator.url)                           # http://127.0.0.1:4501/
            with simulator.presenting("lifted-finger"):    # one of PRESENTATIONS: three of four fingers touch
                ...
            with simulator.fault("tampered-value"):        # one of FAULTS
                ...

    While the person's fingers are being grown, devices are Not Ready and captures are answered with 110: the first
    capture is as quick as all others. `start` waits for that, unless it is told not to.

    Parameters
    ----------
    simulation
        What is simulated.
    pki, hands
        Shared with other simulators, to spare making keys and growing fingers again.

    Raises
    ------
    ConfigurationError
        When a file or folder cannot be used.
    """

    def __init__(
        self, simulation: Simulation | None = None, *, pki: Pki | None = None, hands: Hands | None = None
    ) -> None:
        told = simulation or Simulation()
        self.pki = pki or Pki(told.folder)
        if told.trust is not None:
            self.pki.write_trust(told.trust)
        self.faults = Faults()
        self._port, self._presentation = told.port, Presentation()
        self._visit = Visit(told.person, hands or Hands())
        faces = Faces(told.faces) if told.faces else None
        self._identities = self._connected(told, faces)
        self._service = Service(
            self._identities,
            Capturing(self._visit, faces, self.faults),
            self.faults,
            lambda: self._presentation,
            told.environment,
        )
        routes = control_routes(told.control_token, self.faults, self.present) if told.control_token else []
        self._application = self._service.application(routes)
        self._server: Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._threads: list[threading.Thread] = []
        self._serving, self._grown = threading.Event(), threading.Event()

    @property
    def url(self) -> str:
        """Base URL; empty before it is started."""
        return self._service.running.address

    @property
    def devices(self) -> tuple[SimulatedDevice, ...]:
        """What is simulated."""
        return tuple(identity.device for identity in self._identities.values())

    def start(self, *, ready_within_s: float | None = _GROW_S) -> str:
        """Serve, and return the base URL.

        Parameters
        ----------
        ready_within_s
            Wait so long for the devices to be ready; None returns while they are not.

        Raises
        ------
        DeviceBusyError
            When the port, or every port of the range, is taken.
        ConfigurationError
            When it does not come up in time, or was started before.
        """
        if self._server is not None:
            raise ConfigurationError("the simulator was started before", remedy="make another one")
        listener = _listener(self._port)
        self._service.running.address = f"http://{HOST}:{listener.getsockname()[1]}/"
        self._server = Server(_config(self._application))
        self._run("sbi-simulator", lambda: asyncio.run(self._serve(listener)))
        self._run("sbi-simulator-fingers", self._grow)
        if not self._serving.wait(_START_S):
            self.close()
            raise ConfigurationError("the simulator did not start", remedy="try again")
        if ready_within_s is not None and not self._grown.wait(ready_within_s):
            self.close()
            raise ConfigurationError("the fingers were not grown in time", remedy="give start() more time")
        return self.url

    def present(self, presentation: Presentation | str) -> None:
        """Let the person do this from now on, by a name of `PRESENTATIONS` or as described.

        Raises
        ------
        ConfigurationError
            When there is none of that name.
        """
        self._presentation = named(presentation) if isinstance(presentation, str) else presentation

    @contextmanager
    def presenting(self, presentation: Presentation | str) -> Iterator[None]:
        """Let the person do this until the block ends, then what was done before."""
        before = self._presentation
        self.present(presentation)
        try:
            yield
        finally:
            self._presentation = before

    def fault(self, name: str, on: Collection[str] = VERBS) -> AbstractContextManager[None]:
        """Misbehave until the block ends, by a name of `FAULTS`, in answers to these verbs."""
        return self.faults.fault(name, on)

    def close(self) -> None:
        """End connections and stop; closing again does nothing."""
        self._service.running.closing = True
        if self._server is not None:
            self._server.should_exit = True
        if self._loop is not None and self._serving.is_set():
            self._loop.call_soon_threadsafe(self._abort)
        for thread in self._threads:
            thread.join(_STOP_S)
        self._threads.clear()
        self._loop = None

    def __enter__(self) -> SbiSimulator:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.close()

    def _connected(self, told: Simulation, faces: Faces | None) -> dict[str, Identity]:
        devices = [SLAP_SCANNER, SINGLE_SCANNER, *([FACE_CAMERA] if faces else [])]
        return {
            one.device_id: Identity(
                one, self.pki, certification=told.certification, environment=told.environment, faults=self.faults
            )
            for one in devices
        }

    def _run(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _grow(self) -> None:
        self._visit.grow()
        for identity in self._identities.values():
            identity.status = Status.READY
        self._grown.set()

    async def _serve(self, listener: socket.socket) -> None:
        assert self._server is not None
        self._loop = asyncio.get_running_loop()
        serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started and not serving.done():
            await asyncio.sleep(0.005)
        self._serving.set()
        await serving

    def _abort(self) -> None:
        assert self._server is not None
        for connection in list(self._server.server_state.connections):
            if isinstance(connection, OpenConnection):
                connection.transport.abort()


def _config(application: Starlette) -> Config:
    return Config(
        application,
        http=OpenConnection,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(_STOP_S / 2),
    )


def _listener(port: int | None) -> socket.socket:
    ports: Sequence[int] = range(FIRST_PORT, LAST_PORT + 1) if port is None else (port,)
    for one in ports:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, one))
            listener.listen(64)
        except OSError:
            listener.close()
            continue
        return listener
    taken = f"port {port} is" if port else f"all ports from {FIRST_PORT} to {LAST_PORT} are"
    raise DeviceBusyError(f"{taken} taken", source=HOST, remedy="end what listens there, or name another port")
