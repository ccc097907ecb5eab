"""What the tracer is told by its environment, OpenTelemetry's names first."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote, urlsplit

LEVELS = ("off", "counts", "timing", "values", "locals")
OFF, COUNTS, TIMING, VALUES, LOCALS = range(5)
DEFAULT_ENDPOINT = "http://localhost:4318"


@dataclass(frozen=True)
class Settings:
    """How the tracer behaves. Times in seconds, sizes in spans unless the name says otherwise."""

    level: str = "values"
    sample: float = 1.0  # share of traces that are recorded
    min_duration: float = 0.0  # calls shorter than this are not recorded
    brake: float = 0.0  # highest share of its own time a function's tracing may cost; 0 = no brake
    service: str = "unknown_service:python"
    resource: Mapping[str, str] = field(default_factory=dict)
    endpoint: str = f"{DEFAULT_ENDPOINT}/v1/traces"
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 10.0
    compression: str = "auto"  # gzip, none, or auto: gzip unless the collector is on this machine
    protocol: str = "http/protobuf"  # or http/json
    certificate: str = ""
    max_queue: int = 2048  # as OpenTelemetry
    max_batch: int = 512
    delay: float = 1.0  # how long a span waits for others at most
    redaction: bool = True
    redact_keys: tuple[str, ...] = ()  # more names whose values are secrets
    redact_patterns: tuple[str, ...] = ()  # more texts that are
    disabled: bool = False
    exporter: bool = True  # OTEL_TRACES_EXPORTER is not "none"

    def with_(self, **changes: Any) -> Settings:
        return replace(self, **changes)


def from_environment(env: Mapping[str, str]) -> Settings:
    """The settings of this process; what cannot be read keeps its default."""
    base = Settings()
    resource = _pairs(env.get("OTEL_RESOURCE_ATTRIBUTES", ""))
    service = env.get("OTEL_SERVICE_NAME") or resource.get("service.name") or _own_name()
    level = env.get("FLOWGLASS_LEVEL", "").strip().lower()
    return Settings(
        level=level if level in LEVELS else base.level,
        sample=_sample(env),
        min_duration=_number(env, "FLOWGLASS_MIN_DURATION", 0.0),
        brake=_number(env, "FLOWGLASS_BRAKE", 0.0),
        service=service,
        resource={name: value for name, value in resource.items() if name != "service.name"},
        endpoint=_endpoint(env),
        headers=_pairs(env.get("OTEL_EXPORTER_OTLP_HEADERS", ""))
        | _pairs(env.get("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "")),
        timeout=_exporter_number(env, "TIMEOUT", 10.0),
        compression=_exporter(env, "COMPRESSION").lower() or base.compression,
        protocol=_exporter(env, "PROTOCOL").lower() or base.protocol,
        certificate=_exporter(env, "CERTIFICATE"),
        max_queue=max(1, int(_number(env, "OTEL_BSP_MAX_QUEUE_SIZE", base.max_queue))),
        max_batch=max(1, int(_number(env, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", base.max_batch))),
        delay=_number(env, "OTEL_BSP_SCHEDULE_DELAY", base.delay * 1000) / 1000,
        redaction=env.get("FLOWGLASS_REDACTION", "").strip().lower() not in ("0", "off", "false", "no"),
        redact_keys=tuple(_list(env.get("FLOWGLASS_REDACT_KEYS", ""))),
        disabled=env.get("OTEL_SDK_DISABLED", "").strip().lower() == "true",
        exporter=env.get("OTEL_TRACES_EXPORTER", "").strip().lower() != "none",
    )


def _own_name() -> str:
    """A name for a program that was given none: what OpenTelemetry would say, and the script."""
    script = (sys.argv[0] if getattr(sys, "argv", None) else "").replace("\\", "/").rpartition("/")[2]
    if script in ("", "-c", "-m"):
        return "unknown_service:python"
    return script.removesuffix(".py")


def _exporter(env: Mapping[str, str], name: str) -> str:
    return (
        env.get(f"OTEL_EXPORTER_OTLP_TRACES_{name}") or env.get(f"OTEL_EXPORTER_OTLP_{name}") or ""
    ).strip()


def _endpoint(env: Mapping[str, str]) -> str:
    """The traces' own endpoint is taken as it is; the common one is a base."""
    own = env.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "").strip()
    if _usable(own):
        return own
    base = env.get("OTEL_EXPORTER_OTLP_ENDPOINT", "").strip()
    return f"{base if _usable(base) else DEFAULT_ENDPOINT}".rstrip("/") + "/v1/traces"


def _usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _pairs(text: str) -> dict[str, str]:
    """`a=1,b=2` with percent encoding, as OpenTelemetry writes lists in variables."""
    found = {}
    for item in text.split(","):
        name, is_pair, value = item.partition("=")
        if is_pair and name.strip():
            found[unquote(name.strip())] = unquote(value.strip())
    return found


def _list(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    try:
        number = float(env.get(name) or default)
    except ValueError:
        return default
    return number if 0 <= number < 1e12 else default


def _exporter_number(env: Mapping[str, str], name: str, default: float) -> float:
    """OpenTelemetry for Python counts this one in seconds."""
    return _number(env, f"OTEL_EXPORTER_OTLP_TRACES_{name}", 0) or _number(
        env, f"OTEL_EXPORTER_OTLP_{name}", default
    )


def _sample(env: Mapping[str, str]) -> float:
    """OTEL_TRACES_SAMPLER as a share of roots."""
    sampler = env.get("OTEL_TRACES_SAMPLER", "").strip().lower()
    if sampler.endswith("always_off"):
        return 0.0
    if sampler.endswith("traceidratio"):
        return min(1.0, _number(env, "OTEL_TRACES_SAMPLER_ARG", 1.0))
    return 1.0
