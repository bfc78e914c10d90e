"""The kinds of refusals: one table for statuses, stable numbers, titles and what to do, natively and under OSIA."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Why a request is not answered as asked.

    Parameters
    ----------
    name
        Stable name; the native problem type is `/problems/NAME`.
    number
        Stable number within 1-99; an OSIA error code is the answered status times 100 plus it.
    status
        HTTP status, unless an API answers this kind with another.
    title
        The same for each occurrence.
    meaning
        What the caller can do about it: a sentence or two for the page of the kind.
    """

    name: str
    number: int
    status: int
    title: str
    meaning: str


_ALL = (
    Kind(
        name="invalid",
        number=1,
        status=400,
        title="The request is not formed as described",
        meaning="A parameter or property is missing, unknown or of the wrong type. Compare it with the description.",
    ),
    Kind(
        name="json",
        number=2,
        status=400,
        title="The body is no acceptable JSON",
        meaning="Send one document in UTF-8 without byte order mark, each key once, and no NaN or Infinity.",
    ),
    Kind(
        name="path",
        number=3,
        status=400,
        title="The address cannot be used",
        meaning="Paths are UTF-8, percent-encoded.",
    ),
    Kind(
        name="unusable",
        number=5,
        status=422,
        title="The request holds what is not taken",
        meaning="Texts without NUL, lone surrogates and, in addresses, control characters and slashes; numbers within "
        "64 bits; and no more levels and values than a request of this service can need.",
    ),
    Kind(
        name="digest",
        number=4,
        status=400,
        title="The content is not what its digest says",
        meaning="Send the content again with its own digest.",
    ),
    Kind(
        name="token",
        number=10,
        status=401,
        title="A good access token is needed",
        meaning="Send one token of the issuer in the Authorization header, made for this service and not expired.",
    ),
    Kind(
        name="certificate",
        number=11,
        status=403,
        title="The client certificate does not belong to the token",
        meaning="Connect with the certificate that is registered for the client, or that the token was made for.",
    ),
    Kind(
        name="scope",
        number=12,
        status=403,
        title="The token does not hold the scope",
        meaning="Ask the issuer for a token with the scope; the client must have the right to it.",
    ),
    Kind(
        name="role",
        number=13,
        status=403,
        title="Another role is needed",
        meaning="Act in a role that may do this; the token states the role, the client's rights limit it.",
    ),
    Kind(
        name="right",
        number=14,
        status=403,
        title="The client has no right to this",
        meaning="The authority that runs the service gives rights to clients.",
    ),
    Kind(
        name="purpose",
        number=15,
        status=403,
        title="The purpose is missing or not one of the client's",
        meaning="Ask for a token that states one of the purposes agreed on for the client.",
    ),
    Kind(
        name="content",
        number=20,
        status=422,
        title="The content cannot be used",
        meaning="What was sent is well formed and cannot be worked with: the message says which part and why.",
    ),
    Kind(
        name="forbidden",
        number=21,
        status=403,
        title="This may not be done",
        meaning="The record does not allow it in its state, or not to whoever asks.",
    ),
    Kind(
        name="unknown",
        number=30,
        status=404,
        title="There is no such thing",
        meaning="Nothing is known under this address or identifier, or the client may not see it.",
    ),
    Kind(
        name="method",
        number=31,
        status=405,
        title="The method is not offered",
        meaning="The header Allow says which are.",
    ),
    Kind(
        name="slow",
        number=32,
        status=408,
        title="The request took too long to arrive",
        meaning="Send it again, on a better connection or smaller.",
    ),
    Kind(
        name="conflict",
        number=33,
        status=409,
        title="It exists already, or stands otherwise",
        meaning="Read what is there and decide anew.",
    ),
    Kind(
        name="changed",
        number=34,
        status=412,
        title="It has changed since it was read",
        meaning="Read it again and repeat the change on what it is now.",
    ),
    Kind(
        name="large",
        number=35,
        status=413,
        title="The request is too large",
        meaning="Send fewer or smaller pictures.",
    ),
    Kind(
        name="media",
        number=36,
        status=415,
        title="The body is of a kind that is not taken",
        meaning="Send application/json in UTF-8 without Content-Encoding, unless the description names other kinds.",
    ),
    Kind(
        name="unconditional",
        number=37,
        status=428,
        title="The request must name the version it changes",
        meaning="Send If-Match with the ETag that was read.",
    ),
    Kind(
        name="rate",
        number=38,
        status=429,
        title="Too many requests of this client",
        meaning="Wait as long as Retry-After says.",
    ),
    Kind(
        name="headers",
        number=39,
        status=431,
        title="The headers are too many or too long",
        meaning="Send fewer of them.",
    ),
    Kind(
        name="internal",
        number=50,
        status=500,
        title="The service failed",
        meaning="Report the request identifier to those who run the service.",
    ),
    Kind(
        name="busy",
        number=51,
        status=503,
        title="The service has as much to do as it takes on",
        meaning="Repeat the request after Retry-After.",
    ),
    Kind(
        name="unavailable",
        number=52,
        status=503,
        title="The service cannot answer now",
        meaning="A part of it is being started or does not answer. Repeat the request after Retry-After; "
        "where it changes something, with the same identifiers or key, so that it is done once.",
    ),
    Kind(
        name="late",
        number=53,
        status=503,
        title="The answer took too long",
        meaning="The work may have been done. Repeat the request with the same identifiers or key.",
    ),
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
"""Every kind by its name."""
