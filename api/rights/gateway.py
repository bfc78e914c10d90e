"""Telling a gateway outside that something happened: an event and an opaque reference, signed, tried again for a while.

Nothing personal is sent: whoever runs the gateway looks the reference up where they may.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from typing import TYPE_CHECKING

import httpx

from biometrics.errors import BiometricsError
from biometrics.samples import now_utc
from enrollment.operations.disclosing import SIGN_DOCUMENT, SignDocument
from enrollment.operations.rights_upkeep import DUE_NOTIFICATIONS, NOTE_ATTEMPT, Attempted

if TYPE_CHECKING:
    from api.rights.rights_settings import Gateway
    from biometrics.rights.records import Notification
    from enrollment.operations.operation import Performs

LONGEST_ROUND_S = 60.0
"""Beyond this, the rest waits for the next round: whoever tells has other work."""


def tell_due(call: Performs, gateway: Gateway, client: httpx.Client | None = None) -> tuple[int, int]:
    """Tell the gateway what is due; return how much it took and how much it did not.

    Parameters
    ----------
    call
        Who owns the registry.
    gateway
        Whom to tell; nothing is done without an address.
    client
        How; by default one that follows no redirection and asks no proxy of the environment.
    """
    if not gateway.url:
        return 0, 0
    taken = lost = 0
    began = time.monotonic()
    own = client or httpx.Client(timeout=gateway.timeout_s, follow_redirects=False, trust_env=False)
    try:
        for one in call(DUE_NOTIFICATIONS, now_utc()):
            if time.monotonic() - began > LONGEST_ROUND_S:
                break
            delivered = _tell(call, own, gateway, one)
            call(
                NOTE_ATTEMPT,
                Attempted(
                    notification_id=one.notification_id, delivered=delivered, most_attempts=gateway.most_attempts
                ),
            )
            taken, lost = taken + delivered, lost + (not delivered)
    finally:
        if client is None:
            own.close()
    return taken, lost


def body_of(one: Notification) -> bytes:
    """Return what the gateway is sent: what happened, an opaque reference, and a name to know repetitions by."""
    said = {"event": one.event, "reference": one.reference, "id": one.notification_id}
    return json.dumps({**said, "made_at": one.made_at.isoformat()}, sort_keys=True).encode()


def _tell(call: Performs, client: httpx.Client, gateway: Gateway, one: Notification) -> bool:
    body = body_of(one)
    try:
        signature = call(SIGN_DOCUMENT, SignDocument(content=body))
        answer = client.post(
            gateway.url,
            content=body,
            headers={
                "Content-Type": "application/json",
                "Content-Digest": f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:",
                "Kura-Signature": signature,
            },
        )
    except (httpx.HTTPError, BiometricsError):
        return False
    return answer.is_success
