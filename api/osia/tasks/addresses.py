"""Where results may be sent: an address that the client is allowed, and a machine that it may lead to.

What a client names is not trusted: a result is sent only below an address that the client's rights list, and only
to a machine that such an address may stand for, looked up anew at each delivery and then connected to by number.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Iterable[str]]

LONGEST_ADDRESS = 2_000
_PORTS = {"http": 80, "https": 443}
_PLAIN = re.compile(r"[!-\[\]-~]+")
"""Printable ASCII without spaces and backslashes, which browsers and libraries read differently."""


class AddressRefusedError(Exception):
    """A result may not be sent there; the text says why, without the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A callback address taken apart.

    Parameters
    ----------
    scheme, host, port
        Where it leads; the host in lower case, without brackets.
    path
        What follows, without the query.
    names_port
        Whether the port was written, not the scheme's own.
    """

    scheme: str
    host: str
    port: int
    path: str
    names_port: bool = True

    @property
    def is_loopback(self) -> bool:
        """Whether it means this machine itself, by name or number."""
        number = _number(self.host)
        return self.host == "localhost" or (number is not None and number.is_loopback)


def parse_address(url: str) -> Address:
    """Take an address apart.

    Raises
    ------
    AddressRefusedError
        When it is no plain http or https address: credentials, fragments and dot segments are refused too.
    """
    if len(url) > LONGEST_ADDRESS or not _PLAIN.fullmatch(url):
        raise AddressRefusedError("the callback address has characters that an address has not, or is too long")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise AddressRefusedError("the callback address cannot be read") from None
    if parts.scheme not in _PORTS or not host or port == 0:
        raise AddressRefusedError("the callback address is no http or https address")
    if "@" in parts.netloc or "#" in url:
        raise AddressRefusedError("the callback address names a user or a fragment")
    if any(unquote(segment) in (".", "..") or "/" in unquote(segment) for segment in parts.path.split("/")):
        raise AddressRefusedError("the callback address has dots or encoded slashes among its segments")
    return Address(
        scheme=parts.scheme,
        host=host,
        port=port or _PORTS[parts.scheme],
        path=parts.path or "/",
        names_port=port is not None,
    )


def allowed_prefix(url: str, prefixes: Iterable[str]) -> Address:
    """Return which of the addresses that a client is allowed an address lies below.

    Scheme, host and port must be the same, and the path must go on where the allowed one ends. Only an allowed address
    of this machine itself may leave the port open, for development.

    Raises
    ------
    AddressRefusedError
        When it lies below none, or is no plain address.
    """
    wanted = parse_address(url)
    for prefix in map(parse_address, prefixes):
        any_port = prefix.is_loopback and not prefix.names_port
        same_port = any_port or wanted.port == prefix.port
        same_place = (wanted.scheme, wanted.host) == (prefix.scheme, prefix.host) and same_port
        below = prefix.path if prefix.path.endswith("/") else f"{prefix.path}/"
        if same_place and (wanted.path == prefix.path or wanted.path.startswith(below)):
            return prefix
    raise AddressRefusedError("the callback address is none that this client may use")


def machine_of(prefix: Address, resolve: Resolve | None = None) -> str:
    """Return the number of a machine that an allowed address stands for now.

    Parameters
    ----------
    prefix
        The allowed address, as `allowed_prefix` returned it.
    resolve
        Returns the numbers of a host; by default the system does.

    Raises
    ------
    AddressRefusedError
        When one of its numbers is none that results may be sent to.
    OSError
        When there is no such host.
    """
    numbers = [_number(text) for text in (resolve or _resolve)(prefix.host, prefix.port)]
    if not numbers:
        raise OSError("the host has no address")
    for number in numbers:
        if number is None or not _may_be_sent_to(number, prefix):
            raise AddressRefusedError("the callback address leads to a machine that results may not be sent to")
    return str(numbers[0])


def _may_be_sent_to(number: IPAddress, prefix: Address) -> bool:
    """Tell whether a name may stand for a machine.

    Whoever holds a name can let it stand for any number, so a name never leads to this machine or to link-local
    addresses, where clouds hand out credentials. It leads into private networks only over TLS, where the machine must
    first prove that the name is its own; without TLS, a private address must be listed by its number.
    """
    if prefix.is_loopback:
        return number.is_loopback
    if number.is_loopback or number.is_link_local or number.is_multicast or number.is_unspecified:
        return False
    return number.is_global or (number.is_private and (prefix.scheme == "https" or _number(prefix.host) == number))


def _number(host: str) -> IPAddress | None:
    """Return an address given by number, IPv4 ones in IPv6 clothing as what they are; None for names."""
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = number.ipv4_mapped if isinstance(number, ipaddress.IPv6Address) else None
    return mapped or number


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
