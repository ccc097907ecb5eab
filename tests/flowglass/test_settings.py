"""OpenTelemetry's variables are honoured, and a wrong one never stops the host."""

from __future__ import annotations

import pytest

from flowglass.settings import from_environment


def test_the_defaults_are_opentelemetrys() -> None:
    settings = from_environment({})
    assert settings.endpoint == "http://localhost:4318/v1/traces"
    assert (settings.level, settings.max_queue, settings.max_batch, settings.timeout) == (
        "values",
        2048,
        512,
        10,
    )
    assert not settings.disabled and settings.exporter and settings.redaction


@pytest.mark.parametrize(
    ("env", "endpoint"),
    [
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, "http://c:4318/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://c/base/"}, "https://c/base/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c/own"}, "http://c/own"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "c:4318"}, "http://localhost:4318/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:x"}, "http://localhost:4318/v1/traces"),
    ],
)
def test_the_endpoint(env: dict[str, str], endpoint: str) -> None:
    assert from_environment(env).endpoint == endpoint


def test_service_and_resource() -> None:
    attributes = {"OTEL_RESOURCE_ATTRIBUTES": "service.name=a,team=b%20c, broken ,=x"}
    assert from_environment(attributes).service == "a"
    assert from_environment(attributes).resource == {"team": "b c"}
    assert from_environment({**attributes, "OTEL_SERVICE_NAME": "own"}).service == "own"


@pytest.mark.parametrize(
    ("argv", "service"),
    [
        (["/opt/shop/till.py"], "till"), (["till"], "till"), (["-c"], "unknown_service:python"),
        ([""], "unknown_service:python"), ([], "unknown_service:python"), (["-m"], "unknown_service:python"),
    ],
)  # fmt: skip
def test_a_program_without_a_name_is_called_as_its_file(
    monkeypatch: pytest.MonkeyPatch, argv: list[str], service: str
) -> None:
    monkeypatch.setattr("sys.argv", argv)
    assert from_environment({}).service == service


def test_everything_else() -> None:
    settings = from_environment(
        {
            "FLOWGLASS_LEVEL": "Timing",
            "FLOWGLASS_BRAKE": "0.1",
            "FLOWGLASS_MIN_DURATION": "0.5",
            "FLOWGLASS_REDACTION": "off",
            "OTEL_EXPORTER_OTLP_HEADERS": "a=1,b=2",
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "b=3",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "3",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json",
            "OTEL_BSP_MAX_QUEUE_SIZE": "10",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "5",
            "OTEL_BSP_SCHEDULE_DELAY": "250",
            "OTEL_SDK_DISABLED": "TRUE",
            "OTEL_TRACES_EXPORTER": "none",
        }
    )
    assert (settings.level, settings.brake, settings.min_duration) == ("timing", 0.1, 0.5)
    assert (settings.headers, settings.timeout) == ({"a": "1", "b": "3"}, 3)
    assert (settings.compression, settings.protocol) == ("gzip", "http/json")
    assert (settings.max_queue, settings.max_batch, settings.delay) == (10, 5, 0.25)
    assert settings.disabled and not settings.exporter and not settings.redaction


@pytest.mark.parametrize(
    ("sampler", "argument", "share"),
    [
        ("always_off", "", 0.0), ("parentbased_always_off", "", 0.0), ("always_on", "", 1.0),
        ("traceidratio", "0.25", 0.25), ("parentbased_traceidratio", "0.5", 0.5), ("traceidratio", "x", 1.0),
        ("traceidratio", "7", 1.0),
    ],
)  # fmt: skip
def test_samplers(sampler: str, argument: str, share: float) -> None:
    env = {"OTEL_TRACES_SAMPLER": sampler, "OTEL_TRACES_SAMPLER_ARG": argument}
    assert from_environment(env).sample == share


@pytest.mark.parametrize("nonsense", ["", "x", "-1", "nan", "inf", "1e99"])
def test_a_number_that_is_none_keeps_the_default(nonsense: str) -> None:
    names = (
        "OTEL_BSP_MAX_QUEUE_SIZE",
        "OTEL_EXPORTER_OTLP_TIMEOUT",
        "FLOWGLASS_BRAKE",
        "OTEL_BSP_SCHEDULE_DELAY",
    )
    settings = from_environment(dict.fromkeys(names, nonsense) | {"FLOWGLASS_LEVEL": nonsense})
    default = from_environment({})
    assert settings == default
