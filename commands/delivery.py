"""Where imported spans go: to the collector that runs, or into the store while none does."""

from __future__ import annotations

import http.client
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from collector.decode import JSON, Decoder
from commands.base import CannotDo
from config import Settings
from data.lock import is_locked
from data.store import Store
from flowglass.redact import Redactor

MOST_SPANS = 5_000
TRIES = 60  # of a request that is told to come again; about a minute
TIMEOUT_SECONDS = 60.0


@dataclass
class Result:
    """What became of the spans so far; a running collector does not tell how many it knew already."""

    read: int = 0
    stored: int = 0
    known: int = 0
    refused: Counter[str] = field(default_factory=Counter)


class Delivery(Protocol):
    """Takes OTLP JSON requests until closed."""

    result: Result

    def send(self, tree: dict[str, Any], spans: int) -> None: ...

    def close(self) -> None: ...


def delivery(settings: Settings) -> Delivery:
    """The way that is open now."""
    return ToCollector(settings) if is_locked(settings.store.data_dir) else ToStore(settings)


class ToStore:
    """Writes as the collector would: masked, bounded, repeats recognised."""

    def __init__(self, settings: Settings) -> None:
        rules = settings.redaction
        redactor = Redactor(keys=rules.keys, patterns=rules.patterns, enabled=rules.enabled)
        self.result = Result()
        self._decoder = Decoder(redactor, settings.store.retention_days, MOST_SPANS, time.time_ns)
        self._store = Store.open(settings.store.data_dir, settings.store, settings.staleness, time.time_ns)

    def send(self, tree: dict[str, Any], spans: int) -> None:
        admitted = self._decoder.decode(orjson.dumps(tree), JSON)
        written = self._store.write(admitted.spans)
        self.result.read += spans
        self.result.stored += written.stored
        self.result.known += written.repeats
        self.result.refused += admitted.rejected

    def close(self) -> None:
        self._store.close()


class ToCollector:
    """Posts to the collector, which answers once it has committed."""

    def __init__(self, settings: Settings) -> None:
        self.result = Result()
        self._where = settings.collector
        self._connection = http.client.HTTPConnection(
            self._where.host, self._where.port, timeout=TIMEOUT_SECONDS
        )

    def send(self, tree: dict[str, Any], spans: int) -> None:
        body = orjson.dumps(tree)
        for _ in range(TRIES):
            status, again_seconds, answer = self._post(body)
            if status == 200:
                self._count(orjson.loads(answer or b"{}"), spans)
                return
            if status not in (429, 503):
                raise CannotDo(f"the collector answered {status}: {answer[:200].decode(errors='replace')}")
            time.sleep(again_seconds)
        raise CannotDo("the collector could take nothing for a minute; try again when its writer is OK")

    def _post(self, body: bytes) -> tuple[int, float, bytes]:
        try:
            self._connection.request("POST", "/v1/traces", body, {"Content-Type": JSON})
            response = self._connection.getresponse()
            return response.status, float(response.headers.get("Retry-After", "1")), response.read()
        except (OSError, http.client.HTTPException) as error:
            place = f"{self._where.host}:{self._where.port}"
            raise CannotDo(
                f"the data folder is in use, but no collector answers on {place} ({error}); "
                "set FLOWGLASS_OTLP_PORT to its port"
            ) from None

    def _count(self, answer: dict[str, Any], spans: int) -> None:
        partial = answer.get("partialSuccess", {})
        refused = int(partial.get("rejectedSpans", 0))
        self.result.read += spans
        self.result.stored += spans - refused
        if refused:
            self.result.refused[str(partial.get("errorMessage", "refused"))] += refused

    def close(self) -> None:
        self._connection.close()
