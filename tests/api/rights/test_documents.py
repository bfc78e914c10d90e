"""The register and what is printed: French, numbered pages, letters that Bambara needs, clients abroad flagged."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from reportlab.pdfbase import pdfmetrics

from api.http.clients import Rights
from api.rights.notices import find_notice, read_notices
from api.rights.pdf import _widths, pdf_bytes
from api.rights.reapplying import read_list, write_list
from api.rights.register import printed
from api.rights.rights_settings import Abroad, Authority, RightsSettings
from api.rights.sections import Document, Section, Table, markdown
from biometrics.rights.records import Erasure, Transfer
from biometrics.rights.words import ErasureState
from biometrics.samples import now_utc

SETTINGS = RightsSettings(authority=Authority(name="Autorité simulée"))
BANK = Rights(purposes=frozenset({"kyc"}), legal_basis="loi simulée", authorisation_number="APDP-7", country="FRA")


def test_the_register_names_clients_and_flags_those_abroad() -> None:
    transfer = Transfer(client="bank", post=None, country="FRA", calls=12, first_at=now_utc(), last_at=now_utc())
    by_post = replace(transfer, client="stations", post="PAR-1", calls=7)
    exported = replace(transfer, client="", calls=3)
    settings = replace(SETTINGS, posts_abroad={"PAR-1": Abroad(country="FRA", authorisation="acte 9")})
    clients = {"bank": BANK, "tax": Rights(), "stations": Rights()}
    told = [transfer, by_post, exported]
    text = markdown(printed(settings, clients, ["citizens"], told, now_utc()))
    assert "| poste PAR-1 | FRA | acte 9 | 7 |" in text
    assert "| exportation | FRA | voir le journal | 3 |" in text
    assert "| bank | kyc | loi simulée | APDP-7 | non | FRA |" in text
    assert "| bank | FRA | non autorisé : refusé | 12 |" in text
    assert "| tax | toutes | non renseigné | non renseigné | non | MLI |" in text


def test_a_long_table_goes_over_numbered_pages() -> None:
    rows = tuple((f"Ŋɔɲɛ {number}", "x" * 90) for number in range(120))
    table = Table(columns=("Nom", "Texte"), rows=rows)
    document = Document(
        title="Essai <&>", lines=("une ligne",), sections=(Section(title="Table", table=table),), foot="simulé"
    )
    data = pdf_bytes(document)
    assert data.startswith(b"%PDF-") and data.count(b"/Type /Page\n") >= 3
    assert b"DejaVuSans" in data


def test_a_day_is_not_broken_in_a_narrow_column() -> None:
    day = "30\N{NO-BREAK SPACE}septembre\N{NO-BREAK SPACE}2026"
    table = Table(columns=("Jour", *"ABCDE"), rows=((day, *["x" * 60] * 5),))
    data = pdf_bytes(Document(title="t", lines=(), sections=(), foot="f"))  # which makes the letters known
    widths = _widths(table, 480.0)
    assert data and sum(widths) == pytest.approx(480.0)
    assert widths[0] >= pdfmetrics.stringWidth(day, "DejaVuSans", 8) + 6
    crowded = Table(columns=("Jour",) * 9, rows=((day,) * 9,))
    assert sum(_widths(crowded, 480.0)) == pytest.approx(480.0)


def test_no_heading_stands_alone_at_the_foot_of_a_page() -> None:
    def pages(lines: int) -> int:
        first = Section(title="a", paragraphs=("une ligne",) * lines)
        document = Document(title="t", lines=(), sections=(first, Section(title="b", paragraphs=("fin",))), foot="f")
        return pdf_bytes(document).count(b"/Type /Page\n")

    fit = max(lines for lines in range(20, 50) if pages(lines) == 1)
    with_one_section = max(
        lines
        for lines in range(20, 50)
        if pdf_bytes(
            Document(title="t", lines=(), sections=(Section(title="a", paragraphs=("une ligne",) * lines),), foot="f")
        ).count(b"/Type /Page\n")
        == 1
    )
    assert with_one_section - fit >= 5  # lines that a heading with room below it takes


def test_cells_of_markdown_keep_to_their_row() -> None:
    table = Table(columns=("a",), rows=(("x|y\nz",),))
    document = Document(title="t", lines=(), sections=(Section(title="s", table=table),), foot="f")
    assert "| x\\|y z |" in markdown(document)


def test_an_authority_has_its_own_notices_beside_the_shipped_ones(tmp_path: Path) -> None:
    own = '[[text]]\nnotice = "enrollment"\nversion = "2027-1"\nlanguage = "fr"\ntext = "Autre texte."\n'
    (tmp_path / "notices.toml").write_text(own, encoding="utf-8")
    assert find_notice(tmp_path, "enrollment", "fr").text == "Autre texte."
    assert find_notice(tmp_path, "enrollment", "fr", "2026-1").text.startswith("Vos données")
    assert len(read_notices(tmp_path)) == 4


def test_a_list_of_erasures_names_identifiers_only(tmp_path: Path) -> None:
    erasure = Erasure(
        erasure_id="e",
        subject_id="s1",
        request_id=None,
        state=ErasureState.DONE,
        basis="loi",
        asked_at=now_utc(),
        asked_by="a",
        approved_by="b",
        subjects=("s1", "s2"),
        encounters=("n",),
        files=(),
        removed={},
    )
    path = tmp_path / "erased.json"
    write_list(path, [erasure])
    assert [one.subject_id for one in read_list(path)] == ["s1", "s2"]
    assert set(json.loads(path.read_text())["erased"][0]) == {"subject_id", "basis"}
