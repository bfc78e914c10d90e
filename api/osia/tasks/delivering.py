"""Delivering a result: one signed POST to an address that is checked again, to a machine that is checked too."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Iterable
from urllib.parse import urlencode, urlsplit

import httpx
import structlog

from api.osia.tasks.addresses import Address, AddressRefusedError, Resolve, allowed_prefix, machine_of
from api.osia.tasks.keys import SigningKey
from api.osia.tasks.signatures import Message, sign_message
from enrollment.tasks.records import Delivery
from registry.tasks import Task

TIME_LIMIT_S = 10.0
"""For the whole attempt, however slowly the receiver answers."""

RESULT, ERROR = "application/json", "application/error+json"

_log = structlog.get_logger(__name__)


class Courier:
    """Sends results; safe to share between threads.

    Parameters
    ----------
    key_of
        Returns the key that signs what is sent, asked anew for each attempt.
    now_s
        The time, in seconds of the Unix epoch.
    resolve
        Returns the numbers of a host; by default the system does.
    time_limit_s
        For one attempt.
    """

    def __init__(
        self,
        key_of: Callable[[], SigningKey],
        *,
        now_s: Callable[[], float] = time.time,
        resolve: Resolve | None = None,
        time_limit_s: float = TIME_LIMIT_S,
    ) -> None:
        self._key_of = key_of
        self._now_s = now_s
        self._resolve = resolve
        self._time_limit_s = time_limit_s
        self._tls = ssl.create_default_context()

    def deliver(self, task: Task, prefixes: Iterable[str]) -> Delivery:
        """Try once to deliver the result of a task; blocking, never raises what the receiver does.

        What keeps it from being signed is raised: nothing is sent then.

        Parameters
        ----------
        task
            A task with an answer and a callback.
        prefixes
            Addresses at which its client may be called back now.
        """
        url = callback_url(task)
        try:
            prefix = allowed_prefix(url, prefixes)
            machine = machine_of(prefix, self._resolve)
            headers = self._signed(url, task)
            status = asyncio.run(self._post(url, prefix, machine, task, headers))
        except AddressRefusedError:
            return self._ended(task, Delivery.REFUSED, "address")
        except (httpx.HTTPError, OSError, TimeoutError) as error:
            return self._ended(task, Delivery.SILENT, type(error).__name__)
        taken = 200 <= status < 300
        return self._ended(task, Delivery.RECEIVED if taken else Delivery.REFUSED, str(status))

    def _signed(self, url: str, task: Task) -> dict[str, str]:
        """Return the headers of the message, signed."""
        message = Message(method="POST", target_uri=url, content=task.answer or b"")
        content_type = ERROR if task.failed else RESULT
        headers = sign_message(self._key_of(), message, content_type=content_type, created_s=int(self._now_s()))
        headers["Host"] = urlsplit(url).netloc
        return headers

    async def _post(self, url: str, prefix: Address, machine: str, task: Task, headers: dict[str, str]) -> int:
        """Send to a machine by its number, so that nobody can let the name stand for another one meanwhile."""
        numbered = httpx.URL(url).copy_with(host=machine)
        client = httpx.AsyncClient(verify=self._tls, trust_env=False, follow_redirects=False, timeout=None)
        async with asyncio.timeout(self._time_limit_s), client:
            extensions = {"sni_hostname": prefix.host}
            request = client.build_request(
                "POST", numbered, headers=headers, content=task.answer or b"", extensions=extensions
            )
            answer = await client.send(request, stream=True)  # what the receiver says beside its status is not read
            await answer.aclose()
            return answer.status_code

    def _ended(self, task: Task, ended: Delivery, how: str) -> Delivery:
        _log.info("task.sent", task_id=task.task_id, ended=ended.value, how=how, attempts=task.attempts + 1)
        return ended


def callback_url(task: Task) -> str:
    """Return where the result of a task goes: the client's address, with the transaction and the task."""
    address = task.callback or ""
    named = urlencode({"transactionId": task.transaction_id, "taskId": task.task_id})
    return f"{address}{'&' if '?' in address else '?'}{named}"
