"""TLS of the server's own: certificates, versions, and clients that show theirs."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from api.serve.listening import listen, url_of
from api.serve.server import Serving, WorkerServer
from api.serve.tls import server_context
from api.server_settings import ServerSettings
from biometrics.errors import ConfigurationError
from tests.api.serve.certificates import Authority, Certified
from tests.api.serve.stub_worker import STUB

_SETTINGS = ServerSettings(
    tls="own", tls_certificate="server.pem", tls_key="server.key", client_authority="clients.pem", head_timeout_s=1.0
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def servers(folder: Path) -> Authority:
    authority = Authority(folder, "servers")
    authority.certify("server")
    return authority


@pytest.fixture(scope="module")
def clients(folder: Path) -> Authority:
    return Authority(folder, "clients")


@pytest.fixture(scope="module")
def url(folder: Path, servers: Authority, clients: Authority) -> Iterator[str]:
    with _worker(folder) as address:
        yield address


@contextmanager
def _worker(folder: Path) -> Iterator[str]:
    listener, ready = listen("127.0.0.1", 0), threading.Event()
    url, tls = url_of(listener, tls=True), server_context(folder, _SETTINGS)
    server = WorkerServer(Serving(app=STUB, settings=_SETTINGS, listener=listener, tls=tls), ready=ready.set)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert ready.wait(10)
        yield url
    finally:
        server.should_exit = True
        thread.join()


def _trusting(authority: Authority, shown: Certified | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority.path)
    if shown is not None:
        context.load_cert_chain(shown.certificate, shown.key)
    return context


def test_a_client_is_known_by_its_certificate(url: str, servers: Authority, clients: Authority) -> None:
    mine = clients.certify("station-7")
    told = httpx.get(f"{url}/tell", verify=_trusting(servers, mine)).json()
    assert told["scheme"] == "https"
    assert told["certificate"] == hashlib.sha256(mine.der).hexdigest()


def test_a_client_without_one_is_answered_too(url: str, servers: Authority) -> None:
    told = httpx.get(f"{url}/tell", verify=_trusting(servers), headers={"Client-Cert": ":aGVsbG8=:"}).json()
    assert told["certificate"] is None


def test_a_certificate_of_another_authority_is_refused(url: str, servers: Authority) -> None:
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{url}/tell", verify=_trusting(servers, servers.certify("stranger")))
    assert httpx.get(f"{url}/tell", verify=_trusting(servers)).status_code == 200


def test_old_versions_and_plain_text_are_refused(url: str, servers: Authority) -> None:
    old = _trusting(servers)
    old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{url}/tell", verify=old)
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{url.replace('https', 'http')}/tell")


def test_a_handshake_that_does_not_come_is_cut(url: str, servers: Authority) -> None:
    address = httpx.URL(url)
    with socket.create_connection((address.host, address.port or 0), timeout=20) as silent:
        assert silent.recv(1) == b""
    assert httpx.get(f"{url}/tell", verify=_trusting(servers)).status_code == 200


def test_what_cannot_be_used_is_named(folder: Path, servers: Authority, clients: Authority) -> None:
    other = servers.certify("other")
    for chosen, source in (
        (replace(_SETTINGS, tls_certificate="missing.pem"), "missing.pem"),
        (replace(_SETTINGS, tls_key=other.key.name), "server.pem"),  # of another certificate
        (replace(_SETTINGS, client_authority="server.key"), "server.key"),
    ):
        with pytest.raises(ConfigurationError) as caught:
            server_context(folder, chosen)
        assert caught.value.source == str(folder / source) and caught.value.remedy
