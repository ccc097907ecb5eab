"""The source that travels with a function: the text that ran, whole, or none."""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import flowglass
from flowglass import encode, site, trace
from tests.flowglass.sink import Seen, Sink

OLD = "from flowglass import trace\n\n\n@trace\ndef price(amount):\n    return amount * 2\n"
Imported = Callable[..., ModuleType]


@pytest.fixture
def imported(tmp_path: Path) -> Imported:
    """Imports a text as a module, as if its file had been written so many seconds ago."""

    def load(text: str | bytes, name: str = "shop_source", age: float = 0.0) -> ModuleType:
        file = tmp_path / f"{name}.py"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        os.utime(file, (time.time() - age, time.time() - age))
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def sent(sink: Sink, name: str) -> Seen:
    assert flowglass.flush(20)
    return sink.named(name)


def test_a_file_that_was_edited_before_the_first_call_is_not_taken_for_what_ran(
    sink: Sink, imported: Imported
) -> None:
    module = imported(OLD)
    Path(module.__file__ or "").write_text(OLD.replace("* 2", "* 3"), encoding="utf-8")
    assert module.price(2) == 4
    span = sent(sink, "price")
    assert span.attributes["flowglass.source"] == ""
    assert len(span.attributes["flowglass.code.version"]) == 16


def test_an_edit_elsewhere_in_the_file_leaves_the_source(sink: Sink, imported: Imported) -> None:
    module = imported(OLD, "shop_edited")
    Path(module.__file__ or "").write_text(OLD + "\n\nMORE = 1\n", encoding="utf-8")
    module.price(2)
    assert (
        sent(sink, "price").attributes["flowglass.source"]
        == "@trace\ndef price(amount):\n    return amount * 2\n"
    )


def test_an_old_file_is_not_compiled_again(
    sink: Sink, imported: Imported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "_still_there", lambda code: pytest.fail("compiled"))
    module = imported(OLD, "shop_old", age=86_400)
    module.price(2)
    assert sent(sink, "price").attributes["flowglass.source"].endswith("amount * 2\n")


def test_generated_code_has_a_version_and_says_that_it_has_no_text(sink: Sink) -> None:
    space: dict[str, object] = {"trace": trace, "__name__": "made"}
    exec("@trace\ndef first():\n    return 1 + len('')\n@trace\ndef second():\n    return abs(1)\n", space)
    space["first"]()  # type: ignore[operator]
    space["second"]()  # type: ignore[operator]
    first, second = sent(sink, "first"), sent(sink, "second")
    assert (first.attributes["flowglass.source"], second.attributes["flowglass.source"]) == ("", "")
    assert first.attributes["flowglass.code.version"] != second.attributes["flowglass.code.version"]


def test_tabs_and_odd_encodings_arrive_as_they_are_read(sink: Sink, imported: Imported) -> None:
    head = "# -*- coding: latin-1 -*-\nfrom flowglass import trace\n\n"
    text = head + "@trace\ndef grüße():\n\tif True:\n\t\treturn 'é'\n"
    imported(text.encode("latin-1")).grüße()
    assert (
        sent(sink, "grüße").attributes["flowglass.source"]
        == "@trace\ndef grüße():\n\tif True:\n\t\treturn 'é'\n"
    )


def test_five_thousand_lines_arrive_whole_and_a_longer_text_says_that_it_was_cut(
    sink: Sink, imported: Imported
) -> None:
    lines = [f"    total_{at} = {at}  # {'x' * 70}\n" for at in range(5_000)]
    module = imported(f"from flowglass import trace\n@trace\ndef long():\n{''.join(lines)}", "long_one")
    module.long()
    source = sent(sink, "long").attributes["flowglass.source"]
    assert source == f"@trace\ndef long():\n{''.join(lines)}"
    module = imported(f"from flowglass import trace\n@trace\ndef longer():\n{''.join(lines * 2)}", "longer")
    module.longer()
    *_, last, word = sent(sink, "longer").attributes["flowglass.source"].splitlines()
    assert last.endswith("x" * 70)
    assert word.endswith(" further lines were not captured")


def test_many_new_functions_at_once_share_out_their_texts_over_requests(
    sink: Sink, imported: Imported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encode, "SOURCES_PER_BATCH", 20_000)
    body = "".join(f"    total_{at} = {at}  # {'x' * 70}\n" for at in range(100))
    defs = "".join(f"@trace\ndef many_{at}():\n{body}\n" for at in range(9))
    module = imported(f"from flowglass import trace\n{defs}", "many")
    for _ in range(5):  # a function whose text found no room brings it with a later call
        for at in range(9):
            getattr(module, f"many_{at}")()
        assert flowglass.flush(20)
    texts = [one.name for one in sink.spans if "flowglass.source" in one.attributes]
    assert sorted(texts) == [f"many_{at}" for at in range(9)]
    assert max(sink.sizes) < 30_000
