"""`kura registry import` and `export`: from one installation to another, and what is said about it."""

from __future__ import annotations

import json
from pathlib import Path

from api.command_line import BAD_INPUT, DONE
from registry.store import Registry
from tests.api.conftest import Run, enrolled


def test_who_is_exported_here_can_be_identified_there(kura: Run, people: Path, tmp_path: Path) -> None:
    enrolled(kura, people)
    here, there = tmp_path / "folder", tmp_path / "other-home"

    code, out, _ = kura("registry", "export", here, "--cbeff", "--purpose", "moving house", "--json")
    assert code == DONE
    assert json.loads(out)["references"] == json.loads((here / "manifest.json").read_text())["references"] > 0
    code, out, _ = kura("--home", there, "registry", "import", here)

    assert code == DONE
    assert "nobody was compared with anybody: find duplicates with kura dedup run" in out
    code, out, _ = kura("--home", there, "identify", people / "b.png", "--modality", "finger", "--json")
    assert (code, json.loads(out)["candidates"][0]["person"]) == (DONE, "b")
    code, out, _ = kura("--home", there, "registry", "check")
    assert (code, out) == (DONE, "the registry is whole\n")


def test_refused_lines_are_told_and_reported(kura: Run, tmp_path: Path) -> None:
    path, report = tmp_path / "p.jsonl", tmp_path / "refused.jsonl"
    good = {"label": "SIM-1", "simulated": True, "record": {"names": [{"family": "Xhɛqŋ"}]}}
    path.write_text(f"{json.dumps(good)}\n{{}}\n")

    code, out, _ = kura("registry", "import", path, "--errors", report, "--json")

    document = json.loads(out)
    assert (code, document["added"], document["refused"]) == (BAD_INPUT, 1, 1)
    assert document["report"] == str(report)
    assert json.loads(report.read_text())["line"] == 2
    code, out, _ = kura("registry", "import", path)
    assert (code, out) == (
        BAD_INPUT,
        f"1 person added, with 0 encounters\n1 line refused: see {report}; correct them into a new file\n",
    )


def test_a_simulated_population_goes_on_with_what_its_persons_state(kura: Run, tmp_path: Path) -> None:
    assert kura("simulate", tmp_path / "population", "--persons", 2)[0] == DONE

    code, out, _ = kura("registry", "import", tmp_path / "population/people.jsonl")

    assert (code, out) == (DONE, "2 persons added, with 0 encounters\n")


def test_what_cannot_be_done_is_said(kura: Run, tmp_path: Path) -> None:
    code, _, err = kura("registry", "import", tmp_path)
    assert code == BAD_INPUT
    assert "the folder has no manifest.json" in err
    code, _, err = kura("registry", "import", tmp_path / "nothing.jsonl")
    assert code == BAD_INPUT
    code, _, err = kura("registry", "export", tmp_path / "folder")
    assert code == BAD_INPUT
    assert "say why with --purpose" in err


def test_a_mistyped_path_makes_no_home(kura: Run, tmp_path: Path) -> None:
    home = tmp_path / "new-home"
    code, _, err = kura("--home", home, "registry", "import", tmp_path / "nobody.jsonl")
    assert code == BAD_INPUT and "no such file or folder" in err and "check the path" in err
    assert not home.exists()


def test_an_export_to_another_country_needs_what_allows_it(kura: Run, home: Path, people: Path, tmp_path: Path) -> None:
    enrolled(kura, people)
    export = ("registry", "export", tmp_path / "folder", "--purpose", "exchange", "--country")
    code, _, err = kura(*export, "FRA")
    assert code == BAD_INPUT and "--transfer-authorisation" in err and not (tmp_path / "folder").exists()
    assert kura(*export, "france", "--transfer-authorisation", "act 9")[0] == BAD_INPUT
    code, _, err = kura(*export, "FRA", "--transfer-authorisation", "act 9")
    assert code == DONE, err
    with Registry.open(home) as registry:
        flagged = [one for one in registry.events() if one.actor is not None and one.actor.scope == "abroad:FRA"]
        with registry.reading() as record:
            (transfer,) = record.rights.transfers()
        assert registry.check() == []
    assert flagged[0].details == {"country": "FRA", "authorisation": "act 9"}
    assert {one.action for one in flagged[1:]} == {"person.exported"} and transfer.calls == len(flagged)
