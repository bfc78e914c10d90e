"""Drivers by the schemes of their URIs, Kura's own and those of other packages, and what all of them find."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import TypeAlias

from biometrics.errors import BiometricsError, CaptureError, DeviceNotFoundError, DriverUnavailableError
from devices.answers import checked_descriptors, checked_findings
from devices.calls import Call, Cancellation
from devices.choices import DEFAULT_CHOICES, DeviceChoices
from devices.contract import DeviceDescriptor, Driver, Finding
from devices.searches import ask_all
from devices.uris import DeviceUri
from devices.worker import Crew

GROUP = "kura.drivers"
"""Of entry points: the name is the scheme, the object `driver(choices: DeviceChoices) -> Driver`."""

Factory: TypeAlias = Callable[[DeviceChoices], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A driver that could not look for devices, or not in time."""

    driver: str
    error: BiometricsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What was found, and which drivers could not look.

    Parameters
    ----------
    devices
        By driver and URI.
    problems
        By driver.
    """

    devices: tuple[DeviceDescriptor, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What one driver found: `devices`, or a `problem`."""

    driver: str
    devices: tuple[DeviceDescriptor, ...] = ()
    problem: Problem | None = None


class Drivers:
    """Finds each driver by its entry point in the group `kura.drivers`, named as its scheme, and makes it when needed.

    A program has one of these: it counts the threads that drivers never gave back.

    Parameters
    ----------
    choices
        What the installation chooses, for all drivers.
    factories
        Drivers by name, instead of those that are installed.
    """

    def __init__(
        self, choices: DeviceChoices = DEFAULT_CHOICES, factories: Mapping[str, Factory] | None = None
    ) -> None:
        self.choices = choices
        self.crew = Crew()
        self._factories = dict(factories) if factories is not None else _installed()
        self._made: dict[str, Driver] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Of all drivers, whether they can work here or not."""
        return tuple(sorted(self._factories))

    def uri(self, text: str) -> DeviceUri:
        """Take a URI apart; that of a camera of the installation's choice may come as it is shown, without its secrets.

        Raises
        ------
        CaptureError
            When it is none, or several cameras are shown like this.
        """
        given = DeviceUri.parse(text)
        cameras = {camera.text: camera for camera in map(DeviceUri.parse, self.choices.cameras)}
        meant = [camera for camera in cameras.values() if camera.shown == text]
        if text in cameras or not meant:
            return given
        if len(meant) > 1:
            raise CaptureError(
                "several cameras that the settings name are shown like this",
                source=given.shown,
                remedy="give them different paths, or the whole URI",
            )
        return meant[0]

    def of(self, uri: DeviceUri) -> Driver:
        """Return the driver of a URI.

        Raises
        ------
        DeviceNotFoundError
            When no driver knows the scheme.
        DriverUnavailableError
            When the driver cannot be loaded.
        """
        if uri.scheme in self._factories:
            return self._driver(uri.scheme)
        for name in self.names:
            with suppress(BiometricsError):
                driver = self._driver(name)
                if uri.scheme in driver.schemes:
                    return driver
        known = ", ".join(self.names)
        # Where rtsp:// was forgotten, the scheme is a user, and what follows a password.
        shown = f"{uri.scheme}:" if "@" in uri.text else uri.shown
        raise DeviceNotFoundError(
            f"no driver knows {uri.scheme}:", source=shown, remedy=f"use one of {known}, or install its driver"
        )

    def discover(
        self, timeout_s: float = 5.0, cancellation: Cancellation | None = None, only: str | None = None
    ) -> Discovery:
        """Look for devices with all drivers at once; those that raise or hang are told as problems.

        Parameters
        ----------
        timeout_s
            Seconds that each driver may look, at most 600.
        cancellation
            Ends it earlier; drivers that have not answered by then are neither found nor told.
        only
            The name of one driver.

        Raises
        ------
        DeviceNotFoundError
            When there is no driver of this name.
        CaptureError
            When the time is no time to wait.
        """
        answers = sorted(self.search(timeout_s, cancellation, only), key=lambda answer: answer.driver)
        return Discovery(
            devices=tuple(device for answer in answers for device in answer.devices),
            problems=tuple(answer.problem for answer in answers if answer.problem),
        )

    def search(
        self, timeout_s: float = 5.0, cancellation: Cancellation | None = None, only: str | None = None
    ) -> Iterator[Search]:
        """Look for devices with all drivers at once, and tell what each found as soon as it has.

        Raises
        ------
        CaptureError
            As `discover`.
        """

        def searching(name: str, call: Call) -> tuple[DeviceDescriptor, ...]:
            driver = self._driver(name)
            return checked_descriptors(driver.discover(call), driver.schemes)

        for name, found in ask_all(self.crew, self._named(only), searching, timeout_s, cancellation):
            if isinstance(found, BiometricsError):
                yield Search(driver=name, problem=Problem(driver=name, error=found))
            else:
                yield Search(driver=name, devices=found)

    def examine(self, timeout_s: float = 10.0, only: str | None = None) -> Mapping[str, Sequence[Finding]]:
        """Look at what this machine has of what drivers need; a driver that fails to is a finding.

        Parameters
        ----------
        only
            The name of one driver.

        Raises
        ------
        DeviceNotFoundError
            When there is no driver of this name.
        CaptureError
            When the time is no time to wait.
        """

        def examining(name: str, call: Call) -> tuple[Finding, ...]:
            return checked_findings(self._driver(name).examine(call))

        names = self._named(only)
        answers = dict(ask_all(self.crew, names, examining, timeout_s, None))
        return {name: _findings(answers[name]) for name in names}

    def _named(self, only: str | None) -> tuple[str, ...]:
        if only is not None and only not in self._factories:
            raise DeviceNotFoundError(f"no driver is called {only}", remedy=f"use one of {', '.join(self.names)}")
        return self.names if only is None else (only,)

    def _driver(self, name: str) -> Driver:
        made = self._made.get(name)
        if made is None:
            made = self._made.setdefault(name, _made(name, self._factories[name], self.choices))
        return made


def _installed() -> dict[str, Factory]:
    points: dict[str, dict[str, EntryPoint]] = {}
    for point in entry_points(group=GROUP):
        points.setdefault(point.name, {})[point.value] = point
    return {name: partial(_load, name, tuple(several.values())) for name, several in points.items()}


def _load(name: str, points: tuple[EntryPoint, ...], choices: DeviceChoices) -> object:
    if len(points) > 1:
        packages = " and ".join(sorted(point.dist.name if point.dist else point.value for point in points))
        raise DriverUnavailableError(
            f"{packages} both bring a driver called {name}", source=f"{name}:", remedy="uninstall one of them"
        )
    return points[0].load()(choices)


def _made(name: str, factory: Factory, choices: DeviceChoices) -> Driver:
    """Make a driver; whatever keeps it from being loaded is a `DriverUnavailableError`."""
    missing: tuple[str, ...] = ()
    try:
        made = factory(choices)
        if isinstance(made, Driver) and made.schemes and all(isinstance(scheme, str) for scheme in made.schemes):
            return made
        why = f"{type(made).__name__} is no driver"
    except BiometricsError:
        raise
    except ImportError as error:
        missing = (error.name,) if error.name else ()
        why = f"{error.name or 'a module'} cannot be imported"
    except BaseException as error:  # noqa: BLE001 - other people's modules may raise anything when they are imported
        why = f"{type(error).__name__}"
    raise DriverUnavailableError(
        f"the driver {name} cannot be loaded: {why}",
        source=f"{name}:",
        remedy="install again the package that it comes from",
        missing=missing,
    )


def _findings(answer: tuple[Finding, ...] | BiometricsError) -> tuple[Finding, ...]:
    if not isinstance(answer, BiometricsError):
        return answer
    command = answer.command or "" if isinstance(answer, DriverUnavailableError) else ""
    return (Finding(what="the driver", fine=False, told=answer.message, command=command),)
