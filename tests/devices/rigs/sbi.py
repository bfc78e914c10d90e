from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from biometrics.errors import (
    CaptureError,
    DeviceBusyError,
    DeviceLostError,
    DeviceNotFoundError,
    DeviceProtocolError,
    DeviceRefusedError,
    DeviceTimeoutError,
    DeviceTrustError,
    NothingPresentedError,
)
from biometrics.slaps import Slap
from devices.choices import DeviceChoices
from devices.conformance import Fault, Rig
from devices.contract import CaptureRequest
from devices.simulators.sbi import SbiSimulator, Simulation

Kinds = tuple[type[CaptureError], ...]

_NO_ANSWER_S = 1.5
_LOST: Kinds = (DeviceLostError,)
_PROTOCOL: Kinds = (DeviceProtocolError,)
_REFUSED: Kinds = (DeviceRefusedError,)
_TIMEOUT: Kinds = (DeviceTimeoutError,)
_TRUST: Kinds = (DeviceTrustError,)
_NOTHING: Kinds = (NothingPresentedError,)
_AWAY: Kinds = (DeviceLostError, DeviceNotFoundError)

EXPECTED: Mapping[str, Kinds] = {
    "hangs": _TIMEOUT,
    "closes": _LOST,
    "trickles": _TIMEOUT,
    "drops": (DeviceLostError, DeviceProtocolError),
    "resets": _LOST,
    "length-too-long": _TIMEOUT,
    "length-too-short": _PROTOCOL,
    "garbage": _PROTOCOL,
    "garbage-body": _PROTOCOL,
    "invalid-json": _PROTOCOL,
    "http-500": _PROTOCOL,
    "oversized": _PROTOCOL,
    "redirect": _PROTOCOL,
    "certificate-expired": _TRUST,
    "certificate-not-yet-valid": _TRUST,
    "foreign-root": _TRUST,
    "foreign-digital-id": _TRUST,
    "missing-x5c": _TRUST,
    "leaf-only": _TRUST,
    "alg-none": _TRUST,
    "tampered-signature": _TRUST,
    "tampered-value": _TRUST,
    "tampered-hash": _TRUST,
    "wrong-chain": _TRUST,
    "wrong-transaction": _TRUST,
    "wrong-environment": _TRUST,
    "wrong-purpose": (DeviceTrustError, DeviceRefusedError),
    "replay-last": _TRUST,
    "replay-yesterday": _TRUST,
    "other-serial": _TRUST,
    "other-key": _TRUST,
    "clock-ahead": _TRUST,
    "clock-behind": _TRUST,
    "finger-not-asked": _TRUST,
    "finger-twice": _TRUST,
    "excepted-finger": _TRUST,
    "wrong-position": _TRUST,
    "truncated-record": _PROTOCOL,
    "no-record": _PROTOCOL,
    "no-image": _PROTOCOL,
    "bad-score": _PROTOCOL,
    "error-0": _PROTOCOL,
    "error-100": _REFUSED,
    "error-101": _NOTHING,
    "error-102": _NOTHING,
    "error-103": _TRUST,
    "error-104": _REFUSED,
    "error-105": _NOTHING,
    "error-106": _AWAY,
    "error-107": _TRUST,
    "error-108": _REFUSED,
    "error-109": _REFUSED,
    "error-110": _REFUSED,
    "error-111": (DeviceBusyError,),
    "error-112": _PROTOCOL,
    "error-202": _AWAY,
    "error-5xx": _REFUSED,
    "unplugged": _AWAY,
}
"""What a capture raises for each fault of the simulator that keeps it from giving anything."""

ACCEPTED = {
    "text-chain": "the specification can be read so, and it binds the same",
    "finger-missing": "whoever asked counts the fingers",
    "wrong-resolution": "only the picture could tell, and nobody here looks at it",
}
"""Faults that a client lets pass, and why."""

_CALLED = {
    "pulled_out": "resets",
    "hangs": "hangs",
    "lies_about_length": "length-too-long",
    "sends_garbage": "garbage",
    "busy": "error-111",
    "stale_certificate": "certificate-expired",
    "foreign_root": "foreign-root",
    "tampered": "tampered-value",
    "replayed": "replay-last",
    "wrong_transaction": "wrong-transaction",
}
"""By the names of the contract suite; `tests/devices/sbi/test_simulator.py` goes through all."""


@contextmanager
def rig(folder: Path) -> Iterator[Rig]:
    trust = folder / "trust.pem"
    with SbiSimulator(Simulation(port=0, trust=trust)) as simulator:
        base = simulator.url.rstrip("/")
        port = int(base.rpartition(":")[2])
        uri = f"sbi:{base}/simulated-slap"

        @contextmanager
        def idle() -> Iterator[str]:
            with simulator.presenting("nothing"):
                yield uri

        yield Rig(
            choices=DeviceChoices(state=folder, sbi_trust=trust, sbi_first_port=port, sbi_last_port=port),
            uri=uri,
            absent_uri=f"sbi:{base}/NOBODY",
            wrong_uris=(
                "sbi:",
                "sbi:http://192.0.2.1:4501",
                f"sbi:https://127.0.0.1:{port}/simulated-slap",
                "sbi:http://127.0.0.1:1/simulated-slap",
                f"sbi:{base}/simulated-slap/more",
                f"sbi:{base}?device=simulated-slap",
            ),
            request=CaptureRequest(positions=Slap.RIGHT.fingers, slap=Slap.RIGHT),
            simulated=True,
            discoverable=True,
            idle=idle,
            faults=_faults(simulator),
        )


def _faults(simulator: SbiSimulator) -> dict[str, Fault]:
    return {
        called: Fault(
            begin=_beginning(simulator, name),
            expected=EXPECTED[name],
            timeout_s=_NO_ANSWER_S if EXPECTED[name] == _TIMEOUT else None,
        )
        for called, name in _CALLED.items()
    }


def _beginning(simulator: SbiSimulator, name: str) -> Callable[[], AbstractContextManager[object]]:
    def begin() -> AbstractContextManager[object]:
        return simulator.fault(name)

    return begin
