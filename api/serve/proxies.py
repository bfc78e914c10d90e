"""What a proxy says about the client behind it, taken from declared proxies only.

A proxy that ends TLS names the client's address and scheme (X-Forwarded-For, X-Forwarded-Proto) and its certificate
(Client-Cert, RFC 9440). From anybody else these fields are dropped, so that nothing behind this can believe them.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

CERTIFICATE_KEY = "kura.client_certificate"
"""Of an ASGI scope: the client's certificate as DER, or None."""

_FOR, _PROTO, _CERTIFICATE, _CHAIN = b"x-forwarded-for", b"x-forwarded-proto", b"client-cert", b"client-cert-chain"
_SAID = (_FOR, _PROTO, _CERTIFICATE, _CHAIN, b"forwarded", b"x-forwarded-host", b"x-forwarded-port", b"x-real-ip")
_LONGEST_CERTIFICATE = 16 * 1024

Networks = Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]


class ProxyFields:
    """An ASGI application that believes declared proxies, and nobody else, about whom a request comes from.

    Parameters
    ----------
    app
        What answers.
    proxies
        Addresses or networks of the proxies.
    """

    def __init__(self, app: ASGIApp, proxies: Sequence[str]) -> None:
        self._app = app
        self._proxies = networks_of(proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with what is known about the client."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = [(name, value) for name, value in scope["headers"] if name in _SAID]
        scope["headers"] = [(name, value) for name, value in scope["headers"] if name not in _SAID]
        client = scope.get("client")
        if client is not None and is_in(client[0], self._proxies):
            self._believe(scope, said)
        elif said:  # a proxy that is not declared, or somebody who plays one: nobody knows who is behind it
            scope["client"] = None
        await self._app(scope, receive, send)

    def _believe(self, scope: Scope, said: Sequence[tuple[bytes, bytes]]) -> None:
        addresses = [one.strip() for name, value in said if name == _FOR for one in value.decode("latin-1").split(",")]
        # Each proxy adds at the end whom it heard; what stands before the first that is none of ours is hearsay.
        origin = next((one for one in reversed(addresses) if not is_in(one, self._proxies)), None)
        # Where the proxy names nobody, nobody is known; its own address would open what is for this machine only.
        scope["client"] = None if origin is None or _address(origin) is None else (origin, 0)
        schemes = [value for name, value in said if name == _PROTO]
        if schemes in ([b"https"], [b"http"]):
            scope["scheme"] = schemes[0].decode()
        certificates = [value for name, value in said if name == _CERTIFICATE]
        if len(certificates) == 1:
            scope[CERTIFICATE_KEY] = _certificate(certificates[0])


def _certificate(field: bytes) -> bytes | None:
    """Return the DER of a byte sequence of structured fields, `:base64:`; None where it is none."""
    text = field.strip()
    if len(text) < 3 or len(text) > _LONGEST_CERTIFICATE or not (text.startswith(b":") and text.endswith(b":")):
        return None
    try:
        return base64.b64decode(text[1:-1], validate=True) or None
    except binascii.Error:
        return None


def networks_of(proxies: Sequence[str]) -> Networks:
    """Read addresses and networks."""
    return [ipaddress.ip_network(one) for one in proxies]


def is_in(text: str, networks: Networks) -> bool:
    """Return whether a text is an address within one of the networks."""
    address = _address(text)
    return address is not None and any(address in network for network in networks)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
