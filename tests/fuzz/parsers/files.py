"""Files that an installation reads: settings, rights, manifests, exchanges, backups, snapshots, journals."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from api.http.clients import read_clients
from api.settings import Settings, read_settings, write_settings
from biometrics.errors import (
    BiometricsError,
    ConfigurationError,
    ManifestError,
    RecordError,
    SnapshotError,
)
from enrollment.deduplication.documents import read_document, write_document
from enrollment.deduplication.journal import read_journal, read_pairs
from enrollment.deduplication.turn import RunningNote
from enrollment.manifest import read_manifest as read_people
from matching.keeping.manifest import ArrayEntry, Part, decode_manifest, encode_manifest
from matching.keeping.manifest import Manifest as SnapshotManifest
from matching.keeping.sealing import TAG_BYTES, signature
from registry.backup.manifest import BackupManifest, TableFile
from registry.backup.manifest import read_manifest as read_backup
from registry.backup.manifest import write_manifest as write_backup
from registry.backup.table_files import read_rows
from registry.transfer.lines import parse_line, read_lines
from registry.transfer.manifest import Manifest as ExchangeManifest
from registry.transfer.person import Unsaid
from registry.transfer.person_line import read_person
from tests.fuzz.target import Target

_KEY = bytes(range(32))
_UNSAID = Unsaid(at=datetime(2026, 1, 1, tzinfo=UTC), actor="fuzz", galleries=("citizens",))
PERSON: dict[str, Any] = {
    "label": "SIM-1",
    "simulated": True,
    "created_at": "2026-01-31T12:00:00Z",
    "record": {
        "names": [{"kind": "current", "family": "SIMULATED", "given": "Xhɛ"}],
        "sex": "female",
        "birth_date": {"value": "1985", "precision": "circa"},
        "birth_place": {"value": "Kita", "precision": "locality"},
    },
    "encounters": [],
}
_SIMULATED: dict[str, Any] = {
    "person": "SIM-1",
    "simulated": True,
    "number": "SIM000000000001A",
    "given_name": "Xhɛ",
    "surname": "SIMULATED",
    "sex": "female",
    "birth_date": {"value": "1985", "precision": "year"},
    "birth_place": {"value": "Kita", "precision": "locality"},
}


def targets() -> tuple[Target, ...]:
    """Return the targets of this module."""
    toml = (
        b"[server]\n",
        b"[clients.a]\n",
        b'"""',
        b"= 1979-05-27T07:32:00Z\n",
        b"a.b.c = 1\n",
        b"[[server]]\n",
        b"= inf\n",
    )
    records = (RecordError,)
    return (
        Target(name="settings", seeds=_settings_seeds, parse=_settings, refused=(ConfigurationError,), words=toml),
        Target(name="clients", seeds=_clients_seeds, parse=_clients, refused=(ConfigurationError,), words=toml),
        Target(
            name="people-csv", seeds=_csv_seeds, parse=_people_csv, refused=(ManifestError,), words=(b'"', b";", b"\r")
        ),
        Target(name="people-jsonl", seeds=_jsonl_seeds, parse=_people_jsonl, refused=(ManifestError,), is_json=True),
        Target(name="exchange-line", seeds=_line_seeds, parse=_exchange, refused=(BiometricsError,), is_json=True),
        Target(
            name="exchange-manifest",
            seeds=_exchange_seeds,
            parse=_exchange_manifest,
            refused=(ManifestError,),
            is_json=True,
        ),
        Target(name="backup-manifest", seeds=_backup_seeds, parse=_backup, refused=records, is_json=True),
        Target(name="backup-rows", seeds=_row_seeds, parse=_rows, refused=records, is_json=True),
        Target(
            name="snapshot-manifest",
            seeds=_snapshot_seeds,
            parse=lambda data: decode_manifest(data, lambda _: _KEY),
            refused=(SnapshotError,),
            repair=_sealed_anew,
            is_json=True,
        ),
        Target(name="run-journal", seeds=_journal_seeds, parse=_journal, refused=records, words=(b"[" * 20_000,)),
        Target(
            name="run-document",
            seeds=_document_seeds,
            parse=_document,
            refused=records,
            repair=_with_digest,
            is_json=True,
        ),
    )


@cache
def _folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="kura-fuzz-")
    _KEPT.append(folder)
    return Path(folder.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def _in_file(name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    """Return what reads bytes as the content of a file."""

    def parse(data: bytes) -> object:
        path = _folder() / name
        path.write_bytes(data)
        return read(path)

    return parse


def _made(name: str, write: Callable[[Path], object]) -> bytes:
    """Return what is written into a file."""
    path = _folder() / name
    write(path)
    return path.read_bytes()


_settings = _in_file("settings.toml", lambda path: read_settings(path.parent))
_clients = _in_file("clients.toml", read_clients)
_people_csv = _in_file("people.csv", read_people)
_people_jsonl = _in_file("people.jsonl", read_people)
_exchange_manifest = _in_file("manifest.json", lambda path: ExchangeManifest.read(path.parent))
_backup = _in_file("backup.json", lambda path: read_backup(path.parent))
_document = _in_file("note.json", lambda path: read_document(path, RunningNote))


def _settings_seeds() -> tuple[bytes, ...]:
    return (
        _made("settings.toml", lambda path: write_settings(path.parent, Settings())),
        b"[policy]\nreview_fpir = 0.01\n",
    )


def _clients_seeds() -> tuple[bytes, ...]:
    text = """[clients.bank]
scopes = ["id.verify"]
roles = ["examiner"]
galleries = ["citizens"]
purposes = ["kyc"]
callbacks = ["https://bank.example/in"]
one_to_many = true
authorisation = "decision 12/2026"
scores = false
per_minute = 60
certificate_sha256 = "%s"
""" % ("ab" * 32)
    return text.encode(), b"[clients.x]\n"


def _csv_seeds() -> tuple[bytes, ...]:
    return (
        b'person,path,modality,position,ppi,simulated\nA,a.png,finger,left_thumb,500,yes\n"B",b.png,face,,,no\n',
        b"person;path\nA;x\n",
    )


def _jsonl_seeds() -> tuple[bytes, ...]:
    one = {
        "person": "A",
        "path": "a.png",
        "modality": "finger",
        "position": "left_thumb",
        "ppi": 500,
        "simulated": True,
    }
    return (json.dumps(one).encode(),)


def _line_seeds() -> tuple[bytes, ...]:
    return json.dumps(PERSON).encode(), json.dumps(_SIMULATED).encode()


def _exchange(data: bytes) -> None:
    path = _folder() / "persons.jsonl"
    path.write_bytes(data)
    with path.open("rb") as file:
        for line in read_lines(file):
            read_person(parse_line(line), _UNSAID)


def _exchange_seeds() -> tuple[bytes, ...]:
    manifest = ExchangeManifest(
        persons_bytes=1, persons_sha256="ab" * 32, persons=1, simulated_persons=1, encounters=0, samples=0,
        references=0, models=("m/1",), gallery=None, cbeff=False, first_event=1, last_event=2,
        made_at="2026-01-01T00:00:00+00:00",
    )  # fmt: skip
    return (_made("manifest.json", lambda path: manifest.write(path.parent)),)


def _backup_seeds() -> tuple[bytes, ...]:
    manifest = BackupManifest(
        made_at="2026-01-01T00:00:00+00:00", schema_version=4, change_sequence=1, event_sequence=2,
        event_digest="ab" * 32, tables={"subjects": TableFile(columns=("a", "b"), rows=1, sha256="cd" * 32)}, samples=3,
        sample_list=TableFile(columns=("sha256",), rows=3, sha256="ef" * 32),
    )  # fmt: skip
    return (_made("backup.json", lambda path: write_backup(path.parent, manifest)),)


def _row_seeds() -> tuple[bytes, ...]:
    return (b'["text","AAEC"]\n["more",null]\n',)


def _rows(data: bytes) -> None:
    path = _folder() / "rows.jsonl"
    path.write_bytes(data)
    told = TableFile(columns=("a", "b"), rows=data.count(b"\n"), sha256=hashlib.sha256(data).hexdigest())
    list(read_rows(path, told, [False, True]))


def _snapshot_seeds() -> tuple[bytes, ...]:
    part = Part(file="part-00000.sealed", bytes=8 + TAG_BYTES, sha256="ab" * 32)
    entry = ArrayEntry(name="rows", dtype="<f4", shape=(2,), part=0, offset=0, first_piece=0)
    manifest = SnapshotManifest(
        snapshot_id="ab" * 32, written_at="2026-01-01T00:00:00+00:00", header={"a": 1}, piece_bytes=1024,
        arrays=(entry,), parts=(part,),
    )  # fmt: skip
    return (encode_manifest(manifest, _KEY),)


def _sealed_anew(data: bytes) -> bytes:
    """Return a manifest whose digest and seal fit what it says, as whoever holds the key could write it."""
    try:
        body = json.loads(data)["body"]
        signed = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
        told = {"format": json.loads(data)["format"], "body": body, "sha256": hashlib.sha256(signed).hexdigest()}
        seal = signature(_KEY, body["snapshot_id"], signed)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return data
    return json.dumps(told | {"seal": seal}, sort_keys=True, indent=1).encode() + b"\n"


def _journal_seeds() -> tuple[bytes, ...]:
    """Return the payloads of a journal's lines; `_journal` gives each its head."""
    begun = {"SessionBegun": {"at": "2026-01-01T00:00:00+00:00", "kernel": "minutiae"}}
    done = {"TilesDone": {"begin": 0, "end": 2, "compared": 7, "not_comparable": 1, "seconds": 0.25}}
    pair = {
        "pair": {
            "a": "aaa",
            "b": "bbb",
            "finding": "needs_review",
            "fmr": {"value": 1e-9, "extrapolated": True, "model": "tail"},
            "scores": {},
        },
        "case_id": "c",
    }
    lines = [{"record": begun, "pairs": []}, {"record": done, "pairs": [pair]}]
    return (b"".join(json.dumps(line).encode() + b"\n" for line in lines),)


def _journal(data: bytes) -> None:
    checksum, lines = zlib.crc32(b"run"), []
    for payload in data.split(b"\n")[:-1]:
        checksum = zlib.crc32(payload, checksum)
        lines.append(b"%08x %08x %s\n" % (len(payload), checksum, payload))
    path = _folder() / "journal"
    path.write_bytes(b"".join(lines) or data)
    read_journal(path, "run")
    list(read_pairs(path, "run"))


def _document_seeds() -> tuple[bytes, ...]:
    return (_made("note.json", lambda path: write_document(path, RunningNote(pid=1, run_id="run"))),)


def _with_digest(data: bytes) -> bytes:
    try:
        document = json.loads(data)
        content = json.dumps(document["content"], sort_keys=True).encode()
        return json.dumps({"content": document["content"], "sha256": hashlib.sha256(content).hexdigest()}).encode()
    except (ValueError, TypeError, KeyError, RecursionError):
        return data
