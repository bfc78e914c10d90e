"""What a server must have before it serves in earnest, said all at once."""

from __future__ import annotations

import ipaddress
import socket
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from api.http.clients import Rights, read_clients
from api.protection_settings import ProtectionSettings
from api.serve.development import ISSUER_FILE, ISSUER_NAME, has_issuer
from api.serve.tls import server_context
from api.server_settings import TLS_NONE, TLS_OWN, TLS_PROXY, ServerSettings
from biometrics.errors import ConfigurationError
from registry.keys.choosing import RECOVERY

_OTHERS_MAY = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_TLS_FILES = ("tls_certificate", "tls_key", "client_authority")


def require_production(home: Path, server: ServerSettings, protection: ProtectionSettings) -> None:
    """Refuse to serve in earnest with anything that is for trying out, open or missing.

    Raises
    ------
    ConfigurationError
        It says everything that is wrong.
    """
    wrong = [
        *_about_issuer(home, server),
        *_about_tls(home, server),
        *_about_clients(home, server),
        *_about_key(home, protection),
    ]
    if wrong:
        raise ConfigurationError(
            f"this installation is not fit to serve: {'; '.join(wrong)}",
            source=str(home),
            remedy="see docs/operations.md, Serving; to try things out on this machine use kura serve --dev",
        )


def require_development(server: ServerSettings) -> None:
    """Refuse to take tokens of the development issuer from other machines.

    Raises
    ------
    ConfigurationError
        When the address to listen on is not this machine's own.
    """
    if not _is_loopback(server.host):
        raise ConfigurationError(
            f"a development server listens on this machine only, not on {server.host}",
            remedy="give --host 127.0.0.1, or set the server up for production",
        )


def _about_key(home: Path, protection: ProtectionSettings) -> Iterator[str]:
    if protection.lies_in(home):
        yield "the key that protects the registry lies in the home, and whoever copies that has both (kura keys change)"
    elif protection.key.startswith(RECOVERY):
        yield "protection.key is the recovery key, which belongs into a safe (kura keys change)"


def _about_issuer(home: Path, server: ServerSettings) -> Iterator[str]:
    if not server.issuer:
        yield "server.issuer names nobody"
    elif server.issuer == ISSUER_NAME:
        yield "server.issuer is the development issuer"
    if not server.audience:
        yield "server.audience is empty"
    keys = server.issuer_keys
    if not keys:
        yield "server.issuer_keys names no keys"
    elif "://" in keys:
        if urlsplit(keys).scheme != "https":
            yield "server.issuer_keys is neither a file nor an https address"
    else:
        yield from _about_keys(home, home / keys)


def _about_keys(home: Path, path: Path) -> Iterator[str]:
    if not path.is_file():
        yield f"{path.name}, which server.issuer_keys names, is missing"
        return
    if path.stat().st_mode & _OTHERS_MAY_WRITE:
        yield f"others may write {path.name}, which says whose tokens are good"
    content = path.read_bytes()
    if path.name == ISSUER_FILE or (has_issuer(home) and content == (home / ISSUER_FILE).read_bytes()):
        yield "server.issuer_keys are those of the development issuer"
    elif b'"d"' in content or b'"k"' in content:
        yield f"{path.name} holds private or shared keys; it needs the issuer's public ones only"


def _about_tls(home: Path, server: ServerSettings) -> Iterator[str]:
    if server.tls == TLS_NONE:
        yield "server.tls is none"
    if server.tls == TLS_PROXY and not server.proxies:
        yield "server.tls is proxy, and server.proxies names none"
    if server.tls != TLS_OWN:
        return
    missing = [name for name in _TLS_FILES if not _names_file(home, getattr(server, name))]
    if not server.client_authority:
        missing.remove("client_authority")
    yield from (f"server.{name} names no file" for name in missing)
    if not missing:
        yield from _fault_of(lambda: server_context(home, server))
    key = home / server.tls_key
    if "tls_key" not in missing and key.stat().st_mode & _OTHERS_MAY:
        yield f"others may read {key.name}, the key of the server"


def _names_file(home: Path, chosen: str) -> bool:
    return bool(chosen) and (home / chosen).is_file()


def _fault_of(read: Callable[[], object]) -> Iterator[str]:
    """Yield why what a worker will read cannot be used, so that it is said before any starts."""
    try:
        read()
    except ConfigurationError as error:
        yield str(error)


def _about_clients(home: Path, server: ServerSettings) -> Iterator[str]:
    path = home / server.clients_file
    if not path.is_file():
        yield f"{server.clients_file}, which says what each client may do, is missing"
    else:
        yield from _fault_of(lambda: _require_declared(read_clients(path)))
        if path.stat().st_mode & _OTHERS_MAY_WRITE:
            yield f"others may write {server.clients_file}, which says what each client may do"
    if home.stat().st_mode & _OTHERS_MAY:
        yield "others may look into the home: it must be its owner's only (chmod 700)"


def _require_declared(clients: Mapping[str, Rights]) -> None:
    """Refuse clients of which the register of processing could not say why they ask.

    Raises
    ------
    ConfigurationError
        Naming what the first of them does not declare.
    """
    for name, rights in sorted(clients.items()):
        missing = rights.undeclared()
        if missing:
            raise ConfigurationError(f"clients.{name} declares no {' and no '.join(missing)}")


def _is_loopback(host: str) -> bool:
    """Return whether every address that a name stands for is this machine's own."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return all(ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback for *_, address in found)
