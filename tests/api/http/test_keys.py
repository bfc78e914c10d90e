"""Keys that the issuer exchanges: new ones count, those taken away stop counting, nobody can flood the issuer."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from joserfc.jwk import OKPKey

from api.http.keys import STALE_AFTER_S, UNKNOWN_AGAIN_S, IssuerKey, WatchedKeys, read_keys, watch
from biometrics.errors import ConfigurationError


def key(kid: str | None) -> IssuerKey:
    return IssuerKey(kid=kid, algorithm="EdDSA", key=OKPKey.generate_key("Ed25519"))


@dataclass
class Issuer:
    """Keys that can change, a clock that can be set, and how often somebody asked."""

    keys: tuple[IssuerKey, ...] = ()
    now_s: float = 1000.0
    asked: int = 0
    broken: bool = False
    watched: WatchedKeys = field(init=False)

    def __post_init__(self) -> None:
        self.watched = WatchedKeys(read=self.read, clock=lambda: self.now_s)

    def read(self) -> tuple[IssuerKey, ...]:
        self.asked += 1
        if self.broken:
            raise ConfigurationError("the issuer does not answer")
        return self.keys

    async def knows(self, kid: str | None) -> bool:
        found = await self.watched.find(kid)
        await asyncio.sleep(0.05)  # lets what is read beside requests arrive
        return found is not None


def test_a_new_key_counts_soon_and_made_up_ones_cost_nothing() -> None:
    async def scene() -> None:
        issuer = Issuer(keys=(key("old"),))
        assert await issuer.knows("old")
        issuer.keys = (key("old"), key("new"))
        assert not await issuer.knows("new")
        issuer.now_s += UNKNOWN_AGAIN_S
        assert await issuer.knows("new")
        for number in range(20):
            assert not await issuer.watched.find(f"made-up-{number}")
        assert issuer.asked == 2

    asyncio.run(scene())


def test_a_key_that_was_taken_away_stops_counting() -> None:
    async def scene() -> None:
        issuer = Issuer(keys=(key("old"),))
        assert await issuer.knows("old")
        issuer.keys = (key("new"),)
        issuer.now_s += STALE_AFTER_S
        assert await issuer.knows("old")  # asks for the keys beside the request
        assert not await issuer.knows("old")

    asyncio.run(scene())


def test_the_last_good_keys_stay_while_the_issuer_is_away() -> None:
    async def scene() -> None:
        issuer = Issuer(keys=(key("a"),))
        assert await issuer.knows("a")
        issuer.broken = True
        issuer.now_s += STALE_AFTER_S
        assert await issuer.knows("a")
        assert await issuer.knows("a")
        assert (issuer.asked, await issuer.knows("b")) == (2, False)

    asyncio.run(scene())


def test_a_token_without_key_identifier_fits_only_the_one_key() -> None:
    async def scene() -> None:
        assert await Issuer(keys=(key("a"),)).knows(None)
        assert not await Issuer(keys=(key("a"), key("b"))).knows(None)
        assert not await Issuer(keys=(key("a"), key("a"))).knows("a")

    asyncio.run(scene())


def test_keys_are_a_file_of_the_home_or_an_https_address(tmp_path: Path) -> None:
    public = OKPKey.generate_key("Ed25519").as_dict(private=False) | {"kid": "k"}
    (tmp_path / "issuer.json").write_text(json.dumps({"keys": [public]}))
    assert asyncio.run(watch("issuer.json", tmp_path).find("k")) is not None
    assert asyncio.run(watch("absent.json", tmp_path).find("k")) is None
    for wrong in ("", "http://issuer.example/keys"):
        with pytest.raises(ConfigurationError):
            watch(wrong, tmp_path)


@pytest.mark.parametrize("data", [b"", b"[]", b"7", b'{"keys": 7}', b'{"keys": [], "keys": []}'])
def test_what_is_no_key_set_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigurationError):
        read_keys(data)
