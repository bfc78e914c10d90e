"""Ways in which a device or its service misbehaves, by name; each does exactly what its line says."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum

from biometrics.errors import ConfigurationError

VERBS = ("MOSIPDISC", "MOSIPDINFO", "RCAPTURE", "CAPTURE", "STREAM")
_ERROR = "error-"


class Kind(Enum):
    """Where a fault strikes."""

    WIRE = "wire"
    """In the bytes on the connection; what they say is right."""

    TRUST = "trust"
    """In certificates, signatures, hashes, times, and what ties an answer to its request."""

    CONTENT = "content"
    """In what was captured."""

    CODE = "code"
    """An error code instead of an answer."""


_WIRE = {
    "hangs": "the connection stays open, and nothing is sent",
    "closes": "the connection is closed without an answer, as when a service ends",
    "trickles": "a byte of the answer every fifth of a second",
    "drops": "half of the answer, then the connection is closed",
    "resets": "half of the answer, then the connection is reset",
    "length-too-long": "Content-Length is 1,000 too large; nothing follows, and the connection stays open",
    "length-too-short": "Content-Length is 10 too small; the rest follows",
    "garbage": "bytes that are no HTTP",
    "garbage-body": "HTTP whose body is no JSON, but noise",
    "invalid-json": "JSON that breaks off in the middle, of the right length",
    "http-500": "status 500, and an error page",
    "oversized": "256 MiB of spaces before the JSON, in chunks",
    "redirect": "status 302 to another port",
}
_TRUST = {
    "certificate-expired": "the certificate of the device key ended yesterday",
    "certificate-not-yet-valid": "the certificate of the device key begins tomorrow",
    "foreign-root": "the device key is certified by somebody of the provider's name whom nobody trusts",
    "foreign-digital-id": "the digital id is signed by a chip that nobody trusts",
    "missing-x5c": "signatures carry no certificate",
    "leaf-only": "signatures carry the leaf alone; services do so whose clients must hold the provider's certificate",
    "alg-none": "what is signed says algorithm none, and bears no signature",
    "tampered-signature": "one bit of the signature is changed",
    "tampered-value": "the record is another one than was signed",
    "tampered-hash": "the last digit of hash is changed",
    "wrong-chain": "hash follows another capture than the request's previousHash",
    "text-chain": "hash joins hexadecimal text where bytes are meant, as the specification can be read",
    "wrong-transaction": "another transactionId is signed",
    "wrong-environment": "another env is signed",
    "wrong-purpose": "purpose Auth is signed",
    "replay-last": "the answer before this one, once more; where there was none, one made for another transaction",
    "replay-yesterday": "an answer made and signed for another transaction a day ago",
    "other-serial": "the digital id is of another serial number, well signed",
    "other-key": "captures are signed by another certified key than the info is",
    "clock-ahead": "the device's clock is a day ahead",
    "clock-behind": "the device's clock is a day behind",
}
_CONTENT = {
    "finger-not-asked": "one finger more than was asked for",
    "finger-twice": "the first finger twice",
    "finger-missing": "the last finger is left out without a word",
    "excepted-finger": "a finger that the request excepts, or one more where it excepts none",
    "wrong-resolution": "the record says 1000 ppi where the picture has 500",
    "wrong-position": "the record names another finger than bioSubType",
    "truncated-record": "the record breaks off",
    "no-record": "bioValue is noise",
    "no-image": "the record holds noise where its picture should be",
    "bad-score": "qualityScore is 140",
}
_SAID = {
    "0": "Success",
    "100": "Device not registered",
    "101": "Unable to detect a biometric object",
    "102": "Technical error during extraction",
    "103": "Device tamper detected",
    "104": "Unable to connect to the management server",
    "105": "Image orientation error",
    "106": "Device not found",
    "107": "Device public key expired",
    "108": "Domain public key missing",
    "109": "Requested number of biometric (Finger/IRIS) not supported",
    "110": "Device is not ready",
    "111": "Device is Busy",
    "112": "Invalid Transaction ID",
    "202": "No device connected",
}
_CODES = {f"{_ERROR}{code}": f"captures and streams answer {code}, {said}" for code, said in _SAID.items()}
_CODES[f"{_ERROR}0"] = "captures answer 0, Success, with nothing captured"
_CODES["unplugged"] = "discovery and info tell of no device, captures and streams answer 202"
_CODES |= {f"{_ERROR}5xx": "captures and streams answer 599, a code of the provider's own"}

_KINDS: Mapping[Kind, Mapping[str, str]] = {
    Kind.WIRE: _WIRE,
    Kind.TRUST: _TRUST,
    Kind.CONTENT: _CONTENT,
    Kind.CODE: _CODES,
}

FAULTS: Mapping[str, str] = {name: told for faults in _KINDS.values() for name, told in faults.items()}
"""What each does, by name. `error-100`, `error-110` and `error-111` also show in the status that discovery and info
tell."""


def kind_of(name: str) -> Kind:
    """Return where a fault strikes.

    Raises
    ------
    ConfigurationError
        When there is none of that name.
    """
    for kind, faults in _KINDS.items():
        if name in faults:
            return kind
    raise ConfigurationError(f"no fault is called {name[:40]!r}", remedy=f"use one of {', '.join(FAULTS)}")


def said(code: str) -> str:
    """Return the words of an error code, as the specification has them."""
    return _SAID.get(code, "Simulated error of the provider's own")


class Faults:
    """Those that are switched on; changed by one thread while another one serves."""

    def __init__(self) -> None:
        self._on: tuple[tuple[str, frozenset[str]], ...] = ()

    def switch_on(self, name: str, on: Collection[str] = VERBS) -> None:
        """Let a fault strike in answers to these verbs.

        Raises
        ------
        ConfigurationError
            When there is no such fault or verb.
        """
        kind_of(name)
        if not set(on).issubset(VERBS):
            raise ConfigurationError("a fault strikes at verbs of the interface", remedy=f"use {', '.join(VERBS)}")
        self._on = (*self._on, (name, frozenset(on)))

    def switch_off(self, name: str) -> None:
        """Let it strike no more, once for each time it was switched on; another name does nothing."""
        kept = list(self._on)
        for index, (one, _) in enumerate(kept):
            if one == name:
                del kept[index]
                break
        self._on = tuple(kept)

    def clear(self) -> None:
        """Switch all off."""
        self._on = ()

    @contextmanager
    def fault(self, name: str, on: Collection[str] = VERBS) -> Iterator[None]:
        """Switch a fault on until the block ends."""
        self.switch_on(name, on)
        try:
            yield
        finally:
            self.switch_off(name)

    @property
    def names(self) -> tuple[str, ...]:
        """What is switched on."""
        return tuple(name for name, _ in self._on)

    def strikes(self, name: str, verb: str) -> bool:
        """Return whether a fault strikes in an answer to this verb."""
        return any(name == one and verb in verbs for one, verbs in self._on)

    def first(self, kind: Kind, verb: str) -> str | None:
        """Return the first fault of a kind that strikes in an answer to this verb."""
        return next((name for name, verbs in self._on if verb in verbs and name in _KINDS[kind]), None)

    def code(self, verb: str) -> str | None:
        """Return the error code that is to be answered, if any."""
        name = self.first(Kind.CODE, verb)
        if name == "unplugged":
            return "202"
        return None if name is None else name.removeprefix(_ERROR).replace("5xx", "599")
