"""A client of Kura over HTTP: `KuraClient(address, token)`; answers are typed as the server describes them."""

from api.client.callbacks import callback_keys, require_signed
from api.client.connection import ApiError, Connection
from api.client.kura import KuraClient
from api.client.osia import AbisClient

__all__ = ["AbisClient", "ApiError", "Connection", "KuraClient", "callback_keys", "require_signed"]
