"""A client that plays the page of a browser's camera over the same HTTP, from threads, and misbehaves when told to."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import json
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.devices.browser.cards import jpeg

TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Met:
    """What a page has once the station proved itself: what it carries, and what it seals pictures with."""

    credential: str
    sealing: bytes

    def sealed(self, picture: bytes) -> bytes:
        iv = secrets.token_bytes(12)
        return iv + AESGCM(self.sealing).encrypt(iv, picture, None)


@dataclass(frozen=True)
class Address:
    """Where a page is served, and its token."""

    port: int
    token: str

    @classmethod
    def of(cls, url: str) -> Address:
        """Take the address of `info.details["url"]` apart."""
        place, token = url.removeprefix("http://127.0.0.1:").split("/#")
        return cls(int(place), token)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def post(
        self, connection: http.client.HTTPConnection, path: str, body: bytes = b"", *, bearer: str = ""
    ) -> http.client.HTTPResponse:
        """Ask as the page's script does."""
        fields = {"Origin": self.origin, **({"Authorization": f"Bearer {bearer}"} if bearer else {})}
        connection.request("POST", path, body, fields)
        return connection.getresponse()

    def meet(self) -> Met:
        """Let the station prove itself, as the page's script does."""
        page = secrets.token_hex(32)
        told = self.hello(page)
        if told.get("proof") != self._made_by("station", page, told).hex():
            raise http.client.HTTPException("whoever answers is not the station")
        return Met(f"{page}.{self._made_by('page', page, told).hex()}", self._made_by("pictures", page, told))

    def hello(self, page: str) -> dict[str, str]:
        """Say hello with a nonce; what is answered."""
        with self.connection() as connection:
            told: dict[str, str] = json.loads(self.post(connection, "/hello", page.encode()).read())
            return told

    def _made_by(self, who: str, page: str, told: dict[str, str]) -> bytes:
        text = f"{who}|{self.port}|{page}|{told.get('nonce')}"
        return hmac.digest(self.token.encode(), text.encode(), hashlib.sha256)

    @contextlib.contextmanager
    def connection(self) -> Iterator[http.client.HTTPConnection]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        try:
            yield connection
        finally:
            connection.close()


class Session:
    """One connected page: follows what it is told in a thread."""

    def __init__(self, address: Address, *, take_over: bool = False) -> None:
        self.address = address
        self.met = address.meet()
        self.told: list[dict[str, object]] = []
        self.news = threading.Condition()
        self.over = False
        self._connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=TIMEOUT_S)
        body = b"take_over" if take_over else b""
        self._answer = address.post(self._connection, "/session", body, bearer=self.met.credential)
        self.status = self._answer.status
        if self.status != 200:
            self.reason = json.loads(self._answer.read())["reason"]
            self._connection.close()
            self.over = True
            return
        self.socket = self._connection.sock
        self._thread = threading.Thread(target=self._follow, name="fake-page")
        self._thread.start()

    def wait(self, told: Callable[[dict[str, object]], bool]) -> bool:
        """Wait until something was told, or nothing more will be; say whether it was."""
        with self.news:
            self.news.wait_for(lambda: self.over or any(told(line) for line in self.told), TIMEOUT_S)
            return any(told(line) for line in self.told)

    @property
    def wanted(self) -> bool:
        lines = [line["wanted"] for line in self.told if "wanted" in line]
        return bool(lines and lines[-1]) and not self.over

    def push(self, body: bytes) -> tuple[int, str | None]:
        """Push one frame by a connection of its own; status and reason."""
        with self.address.connection() as connection:
            answer = self.address.post(connection, "/frame", self.met.sealed(body), bearer=self.met.credential)
            text = answer.read()
            return answer.status, json.loads(text)["reason"] if text else None

    def leave(self) -> None:
        """Close the page."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(TIMEOUT_S)
        self._answer.close()
        self._connection.close()

    def _follow(self) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            while line := self._answer.readline():
                with self.news:
                    self.told.append(json.loads(line))
                    self.news.notify_all()
        with self.news:
            self.over = True
            self.news.notify_all()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        if self.status == 200:
            self.leave()


class Mischief(Enum):
    """What a page may do instead of pushing frames when they are wanted."""

    LEAVES = auto()
    IS_SILENT = auto()
    SENDS_GARBAGE = auto()
    LIES_ABOUT_LENGTH = auto()


class FakePage:
    """A page that stays open: connects whenever the station is there, and pushes frames while they are wanted.

    Parameters
    ----------
    address
        Where the station is, as long as it is.
    """

    def __init__(self, address: Address) -> None:
        self.mischief: Mischief | None = None
        self._address = address
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._live, name="fake-browser")
        self._thread.start()

    def close(self) -> None:
        self._ending.set()
        self._thread.join(TIMEOUT_S)

    @contextlib.contextmanager
    def misbehaving(self, mischief: Mischief) -> Iterator[None]:
        self.mischief = mischief
        try:
            yield
        finally:
            self.mischief = None

    def _live(self) -> None:
        away = False
        while not self._ending.wait(0.02):
            if away and self.mischief is Mischief.LEAVES:
                continue
            away = False
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError), Session(self._address) as session:
                if session.status == 200:
                    away = self._serve(session)

    def _serve(self, session: Session) -> bool:
        """Push frames; say whether the page left by itself."""
        number = 0
        while not self._ending.is_set() and not session.over:
            if not session.wanted:
                with session.news:
                    session.news.wait(0.05)
            elif self.mischief is Mischief.LEAVES:
                return True
            else:
                number += 1
                self._push(session, number)
                self._ending.wait(0.04)
        return False

    def _push(self, session: Session, number: int) -> None:
        if self.mischief is Mischief.SENDS_GARBAGE:
            session.push(jpeg(number)[: 40 + number] + b"garbage" * 100)
        elif self.mischief is Mischief.LIES_ABOUT_LENGTH:
            self._push_short(session, jpeg(number))
        elif self.mischief is None:
            session.push(jpeg(number))

    def _push_short(self, session: Session, body: bytes) -> None:
        with socket.create_connection(("127.0.0.1", self._address.port), TIMEOUT_S) as connection:
            head = (
                f"POST /frame HTTP/1.1\r\nHost: 127.0.0.1:{self._address.port}\r\nOrigin: {self._address.origin}\r\n"
                f"Authorization: Bearer {session.met.credential}\r\nContent-Length: {len(body) * 2}\r\n\r\n"
            )
            connection.sendall(head.encode() + body)
