"""The whole application in the process of the tests: a home, its owner, tokens by a test issuer, no server.

`InProcess(home)` serves a home with fake extractors (tests/enrollment/fakes.py); `real_extractors()` are loaded once.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

from api import serving, wiring
from api.http.app import PARTS, Build, build_app
from api.http.clients import DEVELOPMENT, Rights
from api.http.desk import Desk
from api.http.gate import AccessDesk
from api.http.keys import IssuerKey
from api.http.tokens import TokenReader
from api.installation import Installation, open_installation
from api.settings import Settings
from biometrics.records import Actor
from enrollment.engine.local import LocalService, Owner
from enrollment.preparation import Extractors
from registry.ownership import OwnerRole
from registry.store import Registry
from tests.enrollment.fakes import fake_extractors

ISSUER, AUDIENCE, KEY_ID = "https://issuer.example", "kura", "test-1"
BASE = "http://kura.example"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Signs tokens, and is the source of its own public key."""

    key: OKPKey = field(default_factory=lambda: OKPKey.generate_key("Ed25519"))

    async def find(self, kid: str | None) -> IssuerKey | None:
        known = kid in (None, KEY_ID)
        return IssuerKey(kid=KEY_ID, algorithm="EdDSA", key=self.key) if known else None

    def token(self, *scopes: str, client: str = "tester", **claims: Any) -> str:
        """Return a token; claims given as None are left out."""
        now = int(time.time())
        said: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + 600,
            "client_id": client,
            "sub": client,
            "scope": " ".join(scopes),
        }
        said = {name: value for name, value in (said | claims).items() if value is not None}
        header = {"alg": "Ed25519", "kid": KEY_ID}
        return jwt.encode(header, said, self.key, ["Ed25519"], JWSRegistry(algorithms=["Ed25519"]))


@lru_cache(maxsize=1)
def real_extractors() -> Extractors:
    """Return the extractors of a default installation; loading them takes seconds."""
    return wiring.load_extractors(Installation(home=Path("nowhere"), settings=Settings()))


class InProcess:
    """Serves a home in this process; use it in a `with` statement.

    `desk`, `app`, `owner` and `registry` may be looked at; `client(...)` returns an HTTP client with a token.
    """

    def __init__(
        self,
        home: Path,
        *,
        extractors: Extractors | None = None,
        clients: Mapping[str, Rights] | None = None,
        parts: Sequence[str] | Mapping[str, Build] | None = None,
        server: Mapping[str, Any] | None = None,
    ) -> None:
        """Serve `home`; `parts` are prefixes of `PARTS`, clients that are not listed have development rights."""
        self._held = ExitStack()
        installation = open_installation(home, create=True)
        settings = replace(
            installation.settings.server, **{"log_requests": False, "worker_threads": 2} | dict(server or {})
        )
        # No case whose answer is known is handed out by chance: tests decide the ones they made.
        chosen = replace(installation.settings, server=settings, case_seeded_share=0.0)
        self.installation = replace(installation, settings=chosen)
        self._extractors, self._clients, self._parts = extractors or fake_extractors(), clients or {}, parts
        self.issuer = Issuer()
        self.registry: Registry
        self.owner: Owner
        self.desk: Desk
        self.app: FastAPI

    def __enter__(self) -> InProcess:
        owned = serving.owned_registry(self.installation, create=True, role=OwnerRole.ENGINE)
        self.registry = self._held.enter_context(owned)
        galleries = wiring.open_galleries(self.registry, self.installation)
        self.owner = serving.open_owner(galleries, self.registry, self.installation, lambda *_: None)
        self.desk = Desk(
            self.installation,
            extractors=self._extractors,
            calibrations=wiring.load_calibrations(self.installation),
            service_of=self._service,
        )
        self._held.callback(self.desk.close)
        access = AccessDesk(
            tokens=TokenReader(keys=self.issuer, issuer=ISSUER, audience=AUDIENCE),
            clients=self._clients,
            unlisted=DEVELOPMENT,
        )
        self.app = build_app(self.desk, access=access, parts=self._builds())
        self._loop = self._held.enter_context(_running_loop())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    def _service(self, actor: Actor) -> LocalService:
        return LocalService(self.owner, actor)

    def _builds(self) -> dict[str, Build]:
        if isinstance(self._parts, Mapping):
            return dict(self._parts)
        return {
            prefix: import_module(PARTS[prefix]).build for prefix in (PARTS if self._parts is None else self._parts)
        }

    @property
    def transport(self) -> httpx.BaseTransport:
        """What sends requests to the application, for clients of any kind."""
        return _InLoop(self.app, self._loop)

    def client(self, *scopes: str, prefix: str = "", **claims: Any) -> httpx.Client:
        """Return a client with a token of these scopes and claims; without scopes and claims, one without a token."""
        headers = {"Authorization": f"Bearer {self.issuer.token(*scopes, **claims)}"} if scopes or claims else {}
        return httpx.Client(transport=self.transport, base_url=BASE + prefix, headers=headers)


@contextmanager
def api_client(home: Path, *scopes: str, parts: Sequence[str] | None = None, **claims: Any) -> Iterator[httpx.Client]:
    """Yield a client of an application that serves a home."""
    with InProcess(home, parts=parts) as served, served.client(*scopes, **claims) as client:
        yield client


class _InLoop(httpx.BaseTransport):
    """Hands requests to an application in a loop that runs in another thread, as one worker's does."""

    def __init__(self, app: FastAPI, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = httpx.ASGITransport(app=app)
        self._loop = loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run_coroutine_threadsafe(self._answer(request), self._loop).result(timeout=120)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        content = request.read()
        asked = httpx.Request(
            request.method, request.url, headers=request.headers, content=content, extensions=request.extensions
        )
        answer = await self._transport.handle_async_request(asked)
        body = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, content=body, request=request)


@contextmanager
def _running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="loop")
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
