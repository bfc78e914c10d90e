from pathlib import Path

import pytest

from biometrics.documents.zone import ZoneFormat
from biometrics.errors import ConfigurationError
from biometrics.positions import Position
from enrollment.issuing import profile as profiles
from enrollment.issuing.profile import CardField, profile_names, read_profile

SHIPPED = Path(profiles.__file__).parent / "profiles"
CARD = (SHIPPED / "example-national-card.toml").read_text(encoding="utf-8")


def _own(home: Path, text: str, name: str = "own-card") -> None:
    (home / "profiles").mkdir(exist_ok=True)
    (home / "profiles" / f"{name}.toml").write_text(text, encoding="utf-8")


def test_every_shipped_profile_can_be_read(tmp_path: Path) -> None:
    assert profile_names(tmp_path) == ("example-national-card", "example-passport")
    for name in profile_names(tmp_path):
        assert "exemple" in read_profile(tmp_path, name).title


def test_a_profile_says_what_its_file_says(tmp_path: Path) -> None:
    card = read_profile(tmp_path, "example-national-card")
    assert (card.zone, card.issuing_state, card.validity_years) == (ZoneFormat.TD1, "MLI", 5)
    assert card.fields[0] is CardField.FAMILY_NAME
    assert card.fingers.preferred[:2] == (Position.RIGHT_INDEX, Position.LEFT_INDEX)


def test_an_installation_s_own_profile_comes_first(tmp_path: Path) -> None:
    _own(tmp_path, CARD.replace("validity_years = 5", "validity_years = 10"), "example-national-card")
    assert read_profile(tmp_path, "example-national-card").validity_years == 10
    _own(tmp_path, CARD)
    assert "own-card" in profile_names(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('title = "', 'colour = "green"\ntitle = "', "colour"),
        ("width_px = 413", "width_px = 413\nheight_px = 531", "portrait.height_px"),
        ('code = "I"', 'code = "i"', "code"),
        ("validity_years = 5", "validity_years = 0", "validity_years"),
        ("validity_years = 5", "validity_years = true", "validity_years"),
        ('"birth_date"', '"birth_date", "religion"', "fields"),
        ('"birth_date"', '"birth_date", "sex"', "fields"),
        ('zone = "td1"', 'zone = "td4"', "zone"),
        ('"right_index", ', '"face", ', "fingers.preferred"),
        ('"right_index", ', '"left_index", ', "fingers.preferred"),
        ("iso-19794-2-2011", "ansi-378-2004", "fingers.format"),
        ("fewer_allowed = true", "", "fingers.fewer_allowed"),
        ('zone = "td1"', 'zone = "td2"', "optional_data"),
        ("[portrait]", "[picture]", "portrait"),
        ('galleries = ["citizens"]', "galleries = []", "galleries"),
        ("jpeg_quality = 90", 'jpeg_quality = "90"', "portrait.jpeg_quality"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, old: str, new: str, named: str) -> None:
    assert old in CARD
    _own(tmp_path, CARD.replace(old, new, 1))
    with pytest.raises(ConfigurationError, match=rf"entry {named} ") as refused:
        read_profile(tmp_path, "own-card")
    assert "own-card.toml" in str(refused.value)


def test_what_is_no_profile_is_refused(tmp_path: Path) -> None:
    _own(tmp_path, "[")
    for name in ("own-card", "missing", "../settings", "", "A"):
        with pytest.raises(ConfigurationError):
            read_profile(tmp_path, name)
