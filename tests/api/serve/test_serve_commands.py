"""`kura serve` and `kura token` as they are typed."""

from __future__ import annotations

import base64
import json
import socket
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.command_line import BAD_INPUT, DONE, MISUSE
from api.serve.development import ISSUER_FILE, TokenRequest, make_issuer, sign_token
from api.serve.notice import ServerNotice, only_server, read_notice, write_notice
from api.server_settings import ServerSettings
from biometrics.errors import ConfigurationError
from tests.api.conftest import Run


def _claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def test_a_token_says_what_was_asked(home: Path, kura: Run) -> None:
    home.mkdir(mode=0o700)
    make_issuer(home)
    words = ("--scope", "abis.verify abis.identify", "--client", "bank", "--subject", "anna", "--role", "operator")
    code, out, err = kura("token", *words, "--purpose", "fraud", "--minutes", 5, "--json")
    answer = json.loads(out)
    claims = _claims(answer["access_token"])
    assert (code, err, answer["expires_in"]) == (DONE, "", 300)
    assert claims["scope"] == "abis.verify abis.identify" and claims["exp"] - claims["iat"] == 300
    assert (claims["client_id"], claims["sub"], claims["role"], claims["purpose"]) == (
        *("bank", "anna"),
        *("operator", "fraud"),
    )
    code, out, err = kura("token", "--scope", "kura.read")
    claims = _claims(out.strip())
    assert (code, err) == (DONE, "") and (claims["sub"], claims["purpose"]) == ("development", "development")


def test_no_token_without_an_issuer(home: Path, kura: Run) -> None:
    assert "no installation here" in kura("token", "--scope", "a")[2]
    home.mkdir(mode=0o700)
    code, _, err = kura("token", "--scope", "a")
    assert code == BAD_INPUT and "has no development issuer" in err and "kura serve --dev" in err
    assert kura("token")[0] == MISUSE
    assert kura("token", "--scope", "a", "--minutes", "0")[0] == MISUSE


@pytest.mark.parametrize("content", ["", "{}", '{"keys": []}', '{"keys": [{"kty": "oct", "k": "aaaa"}]}', "[1]"])
def test_a_damaged_or_open_issuer_is_refused(tmp_path: Path, content: str) -> None:
    make_issuer(tmp_path)
    path = tmp_path / ISSUER_FILE
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(ConfigurationError, match="others may read"):
        sign_token(tmp_path, ServerSettings(), TokenRequest(scopes=["a"]))
    path.chmod(0o600)
    path.write_text(content)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        sign_token(tmp_path, ServerSettings(), TokenRequest(scopes=["a"]))


def test_an_issuer_is_made_once(tmp_path: Path) -> None:
    make_issuer(tmp_path)
    first = (tmp_path / ISSUER_FILE).read_bytes()
    make_issuer(tmp_path)
    assert (tmp_path / ISSUER_FILE).read_bytes() == first


def test_serving_refuses_what_is_unsafe_before_it_begins(home: Path, kura: Run) -> None:
    code, _, err = kura("serve")
    assert code == BAD_INPUT and "server.tls is none" in err and "server.issuer names nobody" in err
    code, _, err = kura("serve", "--dev", "--host", "0.0.0.0")
    assert code == BAD_INPUT and "this machine only" in err
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        code, _, err = kura("serve", "--dev", "--port", taken.getsockname()[1])
        assert code == BAD_INPUT and "Address already in use" in err
    assert kura("serve", "--port", "65536")[0] == MISUSE
    assert kura("serve", "--workers", "0")[0] == MISUSE
    assert not (home / "registry").exists()


def test_a_second_server_on_a_home_names_no_address(home: Path, kura: Run) -> None:
    home.mkdir(mode=0o700)
    notice = ServerNotice(pid=17, url="http://127.0.0.1:1", development=True, engine=None, workers=[], metrics="none")
    with only_server(home), closing(socket.create_server(("127.0.0.1", 0))) as taken:
        write_notice(home, notice)
        for port in (0, taken.getsockname()[1]):
            code, out, err = kura("serve", "--dev", "--port", port)
            assert (code, out) == (BAD_INPUT, "") and "the server with process id 17 runs on this home" in err
        assert read_notice(home) == notice  # the refused ones took nothing of it away
    assert read_notice(home) is None
