"""`rights.toml`: what it may say, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.rights.rights_settings import FILE_NAME, Abroad, read_rights_settings
from biometrics.errors import ConfigurationError
from biometrics.rights.retention import Kept
from biometrics.rights.words import RequestKind

WHOLE = """
[authority]
name = "Autorité simulée"
country = "MLI"
[answers]
access = 15
[[retention]]
kept = "retired_encounters"
days = 3650
basis = "arrêté simulé no 12"
[[retention]]
kept = "deceased_persons"
days = 7300
basis = "arrêté simulé no 13"
approved_by = "directrice"
[notification]
url = "https://gateway.example/told"
[posts_abroad.PAR-1]
country = "FRA"
authorisation = "acte simulé 9"
[purposes]
national_identity = "loi simulée"
"""


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    settings = read_rights_settings(tmp_path)
    assert settings.due_days(RequestKind.ACCESS) == 30
    assert settings.retention == () and settings.gateway.url == ""


def test_everything_can_be_said(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(WHOLE, encoding="utf-8")
    settings = read_rights_settings(tmp_path)
    assert settings.due_days(RequestKind.ACCESS) == 15 and settings.due_days(RequestKind.ERASURE) == 30
    assert [rule.kept for rule in settings.retention] == [Kept.RETIRED_ENCOUNTERS, Kept.DECEASED_PERSONS]
    assert settings.posts_abroad == {"PAR-1": Abroad(country="FRA", authorisation="acte simulé 9")}


@pytest.mark.parametrize(
    "text",
    [
        "[authorities]\n",
        "[authority]\nnames = 'x'\n",
        "[answers]\naccess = 0\n",
        "[answers]\nacces = 3\n",
        "[answers]\naccess = true\n",
        "[[retention]]\nkept = 'retired_encounters'\ndays = 0\nbasis = 'x'\n",
        "[[retention]]\nkept = 'retired_encounters'\ndays = 3\n",
        "[[retention]]\nkept = 'everything'\ndays = 3\nbasis = 'x'\n",
        "[[retention]]\nkept = 'deceased_persons'\ndays = 3\nbasis = 'x'\n",
        "[[retention]]\nkept='kept_answers'\ndays=3\nbasis='x'\n[[retention]]\nkept='kept_answers'\ndays=4\nbasis='x'\n",
        "retention = 3\n",
        "[notification]\nurl = 'http://gateway.example/'\n",
        "[notification]\nurl = 'https://user:pass@gateway.example/'\n",
        "[notification]\nurl = 'https://gateway.example/'\nmost_attempts = 0\n",
        "[posts_abroad]\nPAR = 3\n",
        "[posts_abroad]\nPAR = 'FRA'\n",
        "[posts_abroad.PAR]\ncountry = 'France'\n",
        "[posts_abroad.PAR]\nauthorisation = 'x'\n",
        "[notices]\nrequired = 'yes'\n",
        "[notices]\ndemanded = true\n",
        "notices = true\n",
        "not toml",
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError):
        read_rights_settings(tmp_path)
