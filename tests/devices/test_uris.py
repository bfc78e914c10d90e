from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import CaptureError
from devices.drivers import Drivers
from devices.uris import DeviceUri


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("fprint:0?ppi=500", "fprint:0?ppi=500"),
        ("simulated:finger?person=42&seed=1", "simulated:finger?person=42&seed=1"),
        ("video:/films/a//b.mjpeg?rate=5", "video:/films/a//b.mjpeg?rate=5"),
        ("file:folder?from=a//b@c", "file:folder?from=a//b@c"),
        ("rtsp:user:secret@host/door", "rtsp:host/door"),
        ("rtsp:/user:secret@host/door", "rtsp:/host/door"),
        ("rtsp:host/door?pwd=secret&size=1&AccessToken=secret", "rtsp:host/door?pwd=***&size=1&AccessToken=***"),
        ("rtsp://host:554/door", "rtsp://host:554/door"),
        ("rtsp://user:secret@host/door", "rtsp://host/door"),
        ("rtsp://user:sec/ret@host/door", "rtsp://host/door"),
        ("rtsp://user:sec@ret@host/door", "rtsp://host/door"),
        ("rtsp://user:sec?ret@host/door", "rtsp://***"),
        ("rtsp://user:sec#ret@host/door", "rtsp://host/door"),
        ("rtsp://[::1]:554/door?a=secret@1", "rtsp://[::1]:554/door?a=***"),
        ("mjpeg:http://host/live?token=secret", "mjpeg:http://host/live?token=***"),
        ("mjpeg:HTTPS://u:secret@host/live?token=secret&size=big", "mjpeg:HTTPS://host/live?token=***&size=***"),
        ("mjpeg:http://host/live?secret", "mjpeg:http://host/live?***"),
        ("mjpeg:http://host/live?secret&a==secret&&b=", "mjpeg:http://host/live?***&a=***&&b="),
        ("mjpeg:http://host/live?a=secret@secret", "mjpeg:http://host/live?a=***"),
        ("mjpeg:http://host/live?a=1?secret", "mjpeg:http://host/live?a=***"),
    ],
)
def test_what_is_shown_of_a_uri_holds_no_secret(text: str, shown: str) -> None:
    uri = DeviceUri.parse(text)
    assert (uri.shown, str(uri), repr(uri)) == (shown, shown, f"DeviceUri({shown!r})")
    assert uri.text == text


def test_a_long_password_is_hidden_from_the_error_about_its_length() -> None:
    with pytest.raises(CaptureError) as refused:
        DeviceUri.parse("rtsp://user:" + "secret" * 1000 + "@host/")
    assert refused.value.source == "rtsp://host/"


def test_a_password_without_its_scheme_is_hidden_from_the_error_about_that() -> None:
    with pytest.raises(CaptureError) as refused:
        DeviceUri.parse("//user:secret@host/")
    assert refused.value.source == "//host/"
    with pytest.raises(CaptureError) as unknown:
        Drivers().of(DeviceUri.parse("user:secret@host/"))
    assert "secret" not in str(unknown.value)


@given(st.text(st.characters(exclude_characters="&", exclude_categories=["C"]), min_size=12))
def test_no_password_or_token_is_ever_shown(secret: str) -> None:
    text = f"mjpeg:http://user:{secret}-@host/live?token={secret}"
    try:
        shown = DeviceUri.parse(text).shown
    except CaptureError as error:
        shown = str(error.source)
    assert secret not in shown


@given(st.text())
def test_any_text_is_a_uri_or_refused(text: str) -> None:
    try:
        uri = DeviceUri.parse(text)
    except CaptureError as error:
        assert error.source is not None
        assert error.source.isprintable()
    else:
        assert f"{uri.scheme}:{uri.target}" == text.partition("?")[0]


@pytest.mark.parametrize("text", ["", "finger", ":0", "Fprint:0", "4:0", "fprint:\n", "fprint:" + "0" * 2000])
def test_what_is_no_uri_is_refused(text: str) -> None:
    with pytest.raises(CaptureError):
        DeviceUri.parse(text)
