"""Frozen settings from `flowglass.toml` and the environment, checked once at start.

Imports nothing of ours but its own reader. Everything else takes the part of `Settings` it needs.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic.types import Strict

from config_sources import CONFIG_VARIABLE, ConfigError, Source, read_environment, read_file

__all__ = ["ConfigError", "Settings", "load"]

ROOT = Path(__file__).resolve().parent
FILE_NAME = "flowglass.toml"
RULES_FOLDER = "rules"
UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


def _size(value: Any) -> Any:
    """Bytes from a whole number or a text such as "256 MiB"."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", value)
    if not match or match[2].upper() not in UNITS:
        raise ValueError('must be a size such as 268435456 or "256 MiB"')
    return int(float(match[1]) * UNITS[match[2].upper()])


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a listener bound to this address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _loopback(host: str) -> str:
    if not is_loopback(host):
        raise ValueError(
            "is refused: there is no login yet, so only this machine may connect; "
            "use 127.0.0.1 and reach it from elsewhere through an SSH tunnel"
        )
    return host.strip("[]")


def _regular_expression(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"must be a regular expression: {error}") from None
    return text


def _trace_link(text: str) -> str:
    """An address with a place for the trace id, and no other place that would stay as it is."""
    if not text:
        return text
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or re.search(r"[\s\"<>\\]", text):
        raise ValueError("must be an address such as https://jaeger.example.com/trace/{trace_id}")
    if "{" in parts.netloc:
        raise ValueError("must not have a place in its host name")
    places = re.findall(r"\{([^{}]*)\}", text)
    if "trace_id" not in places:
        raise ValueError("must hold {trace_id}")
    if unknown := [place for place in places if place not in ("trace_id", "span_id")]:
        raise ValueError(f"knows {{trace_id}} and {{span_id}}, not {{{unknown[0]}}}")
    return text


Flag = Annotated[bool, Strict()]
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
Port = Annotated[Whole, Field(ge=1, le=65535)]
PortOrOff = Annotated[Whole, Field(ge=0, le=65535)]
Bytes = Annotated[Whole, BeforeValidator(_size)]
Host = Annotated[str, AfterValidator(_loopback)]
Names = tuple[str, ...]
Patterns = tuple[Annotated[str, AfterValidator(_regular_expression)], ...]
Pattern = Annotated[str, Field(min_length=1, max_length=80)]
TraceLink = Annotated[str, AfterValidator(_trace_link)]
Share = Annotated[Number, Field(ge=0.0, le=1.0)]


class Table(BaseModel):
    """One table of the settings file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DashboardSettings(Table):
    host: Host = Field(
        "127.0.0.1", description="Address the page is served on; loopback only until login exists."
    )
    port: Port = Field(8050, description="Port of the page.")
    max_connections: Whole = Field(
        256, ge=1, le=4096, description="Live connections held open; more poll instead."
    )
    allowed_hosts: Names = Field((), description="Further Host names answered, beside localhost.")


class CollectorSettings(Table):
    host: Host = Field("127.0.0.1", description="Address of OTLP/HTTP; loopback only until login exists.")
    port: Port = Field(4318, description="Port of OTLP/HTTP, the default of every OpenTelemetry SDK.")
    grpc_port: PortOrOff = Field(4317, description="Port that tells gRPC clients what to set; 0 is off.")
    max_request_bytes: Bytes = Field(16 * 2**20, ge=2**10, description="Largest request, after unpacking.")
    queue_spans: Whole = Field(50_000, ge=100, description="Spans waiting for the writer before 429.")
    queue_bytes: Bytes = Field(64 * 2**20, ge=2**16, description="Bytes waiting for the writer before 429.")
    allowed_hosts: Names = Field((), description="Further Host names answered, beside localhost.")


class StoreSettings(Table):
    data_dir: Path = Field(Path("data/db"), description="Folder that holds everything stored.")
    durability: Literal["process", "power"] = Field(
        "process",
        description='What an acknowledged span survives: "process" a kill, "power" also a power cut.',
    )
    segment_bytes: Bytes = Field(256 * 2**20, ge=2**20, description="Size at which a new segment is begun.")
    retention_days: Whole = Field(30, ge=1, le=30, description="Days that spans are kept.")
    max_bytes: Bytes = Field(5 * 10**9, ge=2**21, description="Size of all segments; the oldest go first.")

    @model_validator(mode="after")
    def _cap_holds_a_segment(self) -> StoreSettings:
        if self.max_bytes < self.segment_bytes:
            raise ValueError("max_bytes must be at least segment_bytes")
        return self


class StalenessSettings(Table):
    repeats: Whole = Field(
        5, ge=1, description="A value is stale when it repeats more often than this in a row."
    )
    min_seconds: Number = Field(0.0, ge=0.0, description="And for at least this long.")
    constants: Names = Field(
        ("UPPER_CASE",),
        description="Data names never judged: * and ? match; UPPER_CASE is names in capitals.",
    )
    float_tolerance: Number = Field(0.0, ge=0.0, description="Numbers this close count as equal.")


class RedactionSettings(Table):
    enabled: Flag = Field(True, description="Mask secrets before anything is stored.")
    keys: Names = Field((), description="Further names whose values are masked.")
    patterns: Patterns = Field((), description="Further regular expressions whose matches are masked.")


class ThresholdSettings(Table):
    error_rate_yellow: Share = Field(0.01, description="Share of errors at which a figure turns yellow.")
    error_rate_red: Share = Field(0.05, description="Share of errors at which a figure turns red.")
    latency_green_ms: Number = Field(100.0, ge=0.0, description="p95 up to this many milliseconds is green.")
    latency_red_ms: Number = Field(500.0, ge=0.0, description="p95 above this many milliseconds is red.")

    @model_validator(mode="after")
    def _yellow_before_red(self) -> ThresholdSettings:
        if self.error_rate_yellow > self.error_rate_red:
            raise ValueError("error_rate_yellow must not be above error_rate_red")
        if self.latency_green_ms > self.latency_red_ms:
            raise ValueError("latency_green_ms must not be above latency_red_ms")
        return self


class RefreshSettings(Table):
    vital_seconds: Number = Field(
        5.0, ge=1.0, le=3600.0, description="Cadence of vital signs and recent errors."
    )
    trends_seconds: Number = Field(
        30.0, ge=1.0, le=3600.0, description="Cadence of charts, traces and health."
    )


class CodeSettings(Table):
    source_roots: Names = Field(
        (),
        description="Folders whose source files may be shown for calls that brought no source of their own.",
    )


class AlertSettings(Table):
    every_seconds: Whole = Field(4, ge=1, le=60, description="Cadence at which rules are judged.")
    in_collector: Flag = Field(
        True, description="The collector judges rules and delivers; false: python app.py watch does."
    )
    page_url: str = Field(
        "",
        description="Address of the page in links of messages; empty: http://<host>:<port> of [dashboard].",
    )
    allow_private_addresses: Flag = Field(
        False, description="Channels may lead to addresses of this machine and of private networks."
    )
    rules_folder: str = Field(
        "",
        description="Folder of rules as TOML files; empty: rules/ beside flowglass.toml, when it exists.",
    )


class TraceSettings(Table):
    noise: Annotated[tuple[Pattern, ...], Field(max_length=20)] = Field(
        (
            "*/health", "*/healthz", "*/healthcheck", "*/health_check", "*/livez", "*/readyz", "*/metrics",
            "health_check", "healthcheck", "grpc.health.v1.Health/*",
        ),
        description="Names of health probes and other noise that the Trace Explorer hides and counts; "
        "* matches any characters, [] hides nothing.",
    )  # fmt: skip


class LinkSettings(Table):
    external_trace: TraceLink = Field(
        "",
        description="Address that opens a trace in another tool, with {trace_id} and, where it helps, "
        "{span_id}; empty for none.",
    )


class LogSettings(Table):
    format: Literal["json", "text"] = Field("json", description='"json" for machines, "text" for people.')
    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level written to stderr."
    )


class FeatureSettings(Table):
    overview: Flag = Field(True, description="The Overview tab.")
    traces: Flag = Field(True, description="The Trace Explorer tab.")
    code: Flag = Field(True, description="The Code Inspector tab.")
    alerts: Flag = Field(True, description="The Alerts tab.")
    self_tracing: Flag = Field(True, description="Flowglass traces its own queries into group flowglass.")

    @model_validator(mode="after")
    def _some_tab_is_on(self) -> FeatureSettings:
        if not (self.overview or self.traces or self.code or self.alerts):
            raise ValueError("at least one tab must be on")
        return self


class Settings(Table):
    """Everything that can be set."""

    dashboard: DashboardSettings = DashboardSettings()
    collector: CollectorSettings = CollectorSettings()
    store: StoreSettings = StoreSettings()
    staleness: StalenessSettings = StalenessSettings()
    redaction: RedactionSettings = RedactionSettings()
    thresholds: ThresholdSettings = ThresholdSettings()
    refresh: RefreshSettings = RefreshSettings()
    code: CodeSettings = CodeSettings()
    alerts: AlertSettings = AlertSettings()
    traces: TraceSettings = TraceSettings()
    links: LinkSettings = LinkSettings()
    log: LogSettings = LogSettings()
    features: FeatureSettings = FeatureSettings()

    @model_validator(mode="after")
    def _ports_differ(self) -> Settings:
        ports = [self.dashboard.port, self.collector.port, self.collector.grpc_port]
        used = [port for port in ports if port]
        if len(set(used)) < len(used):
            raise ValueError("[dashboard] port, [collector] port and [collector] grpc_port must differ")
        return self


def environment() -> Mapping[str, str]:
    """Where secrets named as env:NAME are found."""
    return os.environ


TABLES: dict[str, type[Table]] = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, Table)
}


def load(env: Mapping[str, str] = os.environ, path: Path | None = None) -> Settings:
    """The settings in force; raises ConfigError with one clear line."""
    source = Source(TABLES)
    named = path or (Path(env[CONFIG_VARIABLE]) if env.get(CONFIG_VARIABLE) else None)
    file = named or ROOT / FILE_NAME
    if named or file.exists():
        read_file(source, file)
    read_environment(source, env)
    beside = file.resolve().parent / RULES_FOLDER
    if not source.values.get("alerts", {}).get("rules_folder") and beside.is_dir():
        source.values.setdefault("alerts", {})["rules_folder"] = str(beside)
    source.values.setdefault("store", {}).setdefault("data_dir", str(ROOT / StoreSettings().data_dir))
    try:
        return Settings.model_validate(source.values)
    except ValidationError as error:
        raise ConfigError(_explain(error, source)) from None


WANTED = {
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "tuple_type": "must be a list of texts",
    "path_type": "must be a path",
}


def _explain(error: ValidationError, source: Source) -> str:
    """One line for the first thing that is wrong."""
    first = error.errors(include_url=False)[0]
    table, key, *rest = [str(part) for part in first["loc"]] + ["", ""]
    problem = _problem(first)
    item = f" item {int(rest[0]) + 1}" if rest and rest[0].isdigit() else ""
    if not key:
        where = next(
            (origin for (name, _), origin in source.origin.items() if name == table or not table), ""
        )
        return f"{where}: [{table}] {problem}" if table else f"{where}: {problem}"
    shown = json.dumps(first["input"], ensure_ascii=False, default=str)
    given = f" {shown}" if first["type"] == "value_error" else ""
    tail = "" if first["type"] == "value_error" else f", not {shown}"
    return f"{source.origin.get((table, key), 'default')}: [{table}] {key}{item}{given} {problem}{tail}"


def _problem(error: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in WANTED:
        return WANTED[kind]
    if kind == "literal_error":
        return f"must be one of {context['expected']}"
    if kind == "greater_than_equal":
        return f"must be at least {context['ge']}"
    if kind == "less_than_equal":
        return f"must be at most {context['le']}"
    return str(error["msg"]).removeprefix("Value error, ")
