"""Programs that others could have written, with nothing configured: their spans stand on the page."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.ids import Traces
from tests.support.browser import Browsers, texts
from tests.support.running import Flowglass, clean_environment
from tests.support.wait import wait_until

pytestmark = pytest.mark.browser

NODE = Path(__file__).parent / "node"
# The port every SDK sends to when it is told nothing.
DEFAULT_PORT = {"FLOWGLASS_OTLP_PORT": "4318", "FLOWGLASS_OTLP_GRPC_PORT": "0"}

PYTHON_PROGRAM = """
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

trace.set_tracer_provider(TracerProvider())
trace.get_tracer_provider().add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracer = trace.get_tracer("checkout")
with tracer.start_as_current_span("python.checkout") as parent:
    parent.set_attribute("http.route", "/checkout/{id}")
    try:
        with tracer.start_as_current_span("python.charge"):
            raise ValueError("card was refused")
    except ValueError:
        pass
trace.get_tracer_provider().shutdown()
"""


def send_from_python() -> None:
    subprocess.run([sys.executable, "-c", PYTHON_PROGRAM], env=clean_environment(), check=True, timeout=60)


def send_from_node() -> None:
    node = shutil.which("node")
    assert node, "Node is missing; make test installs it"
    assert (NODE / "node_modules").is_dir(), "its packages are missing; make test installs them"
    subprocess.run([node, "send.js"], cwd=NODE, env=clean_environment(), check=True, timeout=60)


@pytest.mark.parametrize(
    ("send", "language", "exception"),
    [(send_from_python, "python", "ValueError"), (send_from_node, "node", "TypeError")],
    ids=["python", "node"],
)
def test_a_stock_program_with_no_endpoint_configured_is_on_the_page(
    start_flowglass: Callable[..., Flowglass],
    browsers: Browsers,
    send: Callable[[], None],
    language: str,
    exception: str,
) -> None:
    run = start_flowglass(environment=DEFAULT_PORT)
    send()
    browser = browsers.open(f"{run.page}/traces")
    cells = f"#{Traces.GRID} .g-cell"
    wait_until(lambda: f"{language}.charge" in "".join(texts(browser, cells)), f"the call of {language}")
    shown = " ".join(texts(browser, cells))
    assert f"{language}.checkout" in shown
    assert "/checkout/{id}" in shown
    assert exception in shown
