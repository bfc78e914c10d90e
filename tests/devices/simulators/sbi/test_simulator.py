"""Starting, stopping, ports, keys and the ways to run it."""

from __future__ import annotations

import gc
import json
import socket
import stat
import threading
import time
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from biometrics.errors import ConfigurationError, DeviceBusyError
from devices.sbi.words import FIRST_PORT, LAST_PORT
from devices.simulators.sbi import (
    FAULTS,
    PRESENTATIONS,
    Hands,
    Person,
    Pki,
    Presentation,
    SbiSimulator,
    Simulation,
    serve,
)
from tests.devices.simulators.sbi.client import Client, chain, order, payload, raw, verified
from tests.devices.simulators.sbi.openssl import openssl_verify


def test_nothing_is_left_when_it_ends(pki: Pki, hands: Hands) -> None:
    before = set(threading.enumerate())
    simulator = SbiSimulator(Simulation(port=0), pki=pki, hands=hands)
    assert simulator.url == ""
    url = simulator.start()
    port = int(url.rstrip("/").rpartition(":")[2])
    hanging = []
    with simulator.fault("hangs"), simulator.presenting(Presentation(after_s=3600)):
        for verb, path, value in (("MOSIPDINFO", "info", None), ("RCAPTURE", "capture", order(timeout="60000"))):
            thread = threading.Thread(
                target=lambda v=verb, p=path, w=value: hanging.append(raw(url, v, p, w, within_s=30))
            )
            thread.start()
            time.sleep(0.2)
        simulator.close()
    while len(hanging) < 2:
        time.sleep(0.01)
    assert all(answer in (b"", b"<reset>") for answer in hanging)
    simulator.close()
    assert set(threading.enumerate()) <= before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    gc.collect()


def test_it_takes_the_first_free_port_of_the_range(pki: Pki, hands: Hands) -> None:
    with SbiSimulator(pki=pki, hands=hands) as first, SbiSimulator(pki=pki, hands=hands) as second:
        ports = [int(one.url.rstrip("/").rpartition(":")[2]) for one in (first, second)]
        assert FIRST_PORT <= ports[0] < ports[1] <= LAST_PORT
        with pytest.raises(DeviceBusyError, match=str(ports[0])):
            SbiSimulator(Simulation(port=ports[0]), pki=pki, hands=hands).start()


def test_it_listens_on_the_loopback_only(simulator: SbiSimulator) -> None:
    assert simulator.url.startswith("http://127.0.0.1:")
    port = int(simulator.url.rstrip("/").rpartition(":")[2])
    listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    assert next(one for one in listening if one.endswith(f":{port:04X}")).startswith("0100007F")


def test_a_second_start_is_refused(simulator: SbiSimulator) -> None:
    with pytest.raises(ConfigurationError):
        simulator.start()


def test_wrong_choices_are_refused(pki: Pki, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Moon"):
        Simulation(environment="Moon")
    with pytest.raises(ConfigurationError, match="L7"):
        SbiSimulator(Simulation(certification="L7"), pki=pki)
    with pytest.raises(ConfigurationError, match="picture"):
        SbiSimulator(Simulation(faces=tmp_path), pki=pki)
    with pytest.raises(ConfigurationError):
        SbiSimulator(Simulation(faces=tmp_path / "absent"), pki=pki)
    with pytest.raises(ConfigurationError):
        SbiSimulator(Simulation(trust=tmp_path / "absent" / "trust.pem"), pki=pki)


def test_keys_are_kept_in_a_folder_of_its_own(hands: Hands, tmp_path: Path) -> None:
    folder, trust = tmp_path / "keys", tmp_path / "trust.pem"
    simulation = Simulation(port=0, folder=folder, trust=trust)
    roots, keys = [], []
    for _ in range(2):
        with SbiSimulator(simulation, hands=hands) as simulator, Client(simulator.url) as client:
            token = client.info()["deviceInfo"]
            assert openssl_verify(chain(token), trust, tmp_path) == ""
            keys.append(chain(token)[0].public_key())
            roots.append(x509.load_pem_x509_certificate(trust.read_bytes()))
    assert roots[0] == roots[1]
    assert keys[0] == keys[1]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    private = sorted(folder.glob("*.key"))
    assert len(private) == 7
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}
    assert b"PRIVATE" not in trust.read_bytes()


def test_damaged_keys_are_refused(tmp_path: Path) -> None:
    Pki(tmp_path)
    for name in ("root.pem", "provider.key"):
        kept = (tmp_path / name).read_bytes()
        (tmp_path / name).write_text("no key")
        with pytest.raises(ConfigurationError, match=r"key|certificate"):
            Pki(tmp_path)
        (tmp_path / name).write_bytes(kept)
    Pki(tmp_path)
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ConfigurationError):
        Pki(tmp_path / "file")


def test_every_subject_says_simulated(pki: Pki, client: Client) -> None:
    certificates = [
        *chain(client.info()["deviceInfo"]),
        pki.root,
        *chain(payload(client.info()["deviceInfo"])["digitalId"]),
    ]
    assert len(certificates) == 5
    for one in certificates:
        subject = one.subject.rfc4514_string()
        assert "SIMULATED" in subject
        assert "O=Kura simulator" in subject


def test_devices_of_level_l0_sign_digital_ids_with_their_own_key(pki: Pki, hands: Hands, client: Client) -> None:
    simulation = Simulation(port=0, certification="L0")
    with SbiSimulator(simulation, pki=pki, hands=hands) as simulator, Client(simulator.url) as other:
        token = other.info()["deviceInfo"]
        told = verified(token)
    assert (told["certification"], told["firmware"]) == ("L0", "0.9.5")
    assert chain(told["digitalId"])[0].public_key() == chain(token)[0].public_key()
    token = client.info()["deviceInfo"]
    assert chain(payload(token)["digitalId"])[0].public_key() != chain(token)[0].public_key()


def test_faults_and_presentation_change_over_http_for_who_has_the_token(pki: Pki, hands: Hands) -> None:
    simulation = Simulation(port=0, control_token="secret-token")
    assert "secret" not in repr(simulation)
    with SbiSimulator(simulation, pki=pki, hands=hands) as simulator, httpx.Client(base_url=simulator.url) as http:
        assert http.put("simulator/faults/hangs").status_code == 401
        assert http.put("simulator/faults/hangs", headers={"Authorization": "Bearer other"}).status_code == 401
        assert simulator.faults.names == ()
        http.headers["Authorization"] = "Bearer secret-token"
        assert http.get("simulator").json()["known"]["presentations"] == list(PRESENTATIONS)
        assert http.put("simulator/faults/error-103").json()["faults"] == ["error-103"]
        assert http.put("simulator/faults/gremlins").status_code == 422
        assert http.put("simulator/presentation/nothing").status_code == 200
        assert http.put("simulator/presentation/juggling").status_code == 422
        with Client(simulator.url) as client:
            assert client.code() == "103"
            assert http.delete("simulator/faults/error-103").json()["faults"] == []
            assert client.code(timeout="300") == "101"


def test_without_a_token_there_is_no_such_path(client: Client) -> None:
    assert client.ask("GET", "simulator").status_code == 404
    assert client.ask("PUT", "simulator/faults/hangs").status_code == 404


def test_serving_says_what_runs_where(tmp_path: Path) -> None:
    told: list[str] = []
    ending = threading.Event()
    person = Person(number=7, missing=frozenset())
    simulation = Simulation(port=0, trust=tmp_path / "trust.pem", person=person, control_token="word")
    served = threading.Thread(
        target=serve,
        args=(simulation,),
        kwargs={"faults": ["tampered-hash"], "presentation": "late", "tell": told.append, "ending": ending},
    )
    served.start()
    try:
        while not any(line.startswith("control") for line in told):
            assert served.is_alive()
            time.sleep(0.01)
        text = "\n".join(told)
        url = next(word for word in text.split() if word.startswith("http://")).rstrip(",")
        with Client(url) as client:
            assert len(client.discover()) == 2
    finally:
        ending.set()
        served.join(20)
    assert not served.is_alive()
    assert told[0].startswith("SIMULATED")
    assert str(tmp_path / "trust.pem") in text
    assert FAULTS["tampered-hash"] in text
    assert "person 7" in text
    assert "Bearer word" in text


def test_serving_refuses_unknown_names_before_it_starts() -> None:
    with pytest.raises(ConfigurationError, match="gremlins"):
        serve(Simulation(port=0), faults=["gremlins"])
    with pytest.raises(ConfigurationError, match="juggling"):
        serve(Simulation(port=0), presentation="juggling")


def test_answers_are_compact_json(client: Client) -> None:
    content = client.ask("MOSIPDISC", "device", {"type": "Finger"}).content
    assert content == json.dumps(json.loads(content), separators=(",", ":")).encode()
