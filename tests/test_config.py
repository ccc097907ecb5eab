"""Settings: defaults, the file, the environment, and one clear line for every way to get them wrong."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

import config
from config import ConfigError, Settings, load
from config_sources import SHORT_NAMES

ROOT = Path(__file__).resolve().parents[1]


def write(folder: Path, text: str) -> dict[str, str]:
    """An environment that names a settings file with this text."""
    file = folder / "flowglass.toml"
    file.write_text(text, encoding="utf-8")
    return {"FLOWGLASS_CONFIG": str(file)}


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    settings = load(write(tmp_path, ""))
    assert settings.dashboard == Settings().dashboard
    assert settings.collector.max_request_bytes == 16 * 1024 * 1024
    assert settings.store.data_dir == ROOT / "data" / "db"


def test_settings_cannot_be_changed_after_load(tmp_path: Path) -> None:
    settings = load(write(tmp_path, ""))
    with pytest.raises(ValidationError):
        settings.dashboard.port = 1  # type: ignore[misc]


def test_the_example_holds_every_key_with_its_default(tmp_path: Path) -> None:
    example = ROOT / "flowglass.example.toml"
    document = tomllib.loads(example.read_text(encoding="utf-8"))
    keys = {table: set(content) for table, content in document.items()}
    assert keys == {table: set(model.model_fields) for table, model in config.TABLES.items()}
    loaded = load({}, example)
    plain = Settings()
    moved = loaded.store.model_copy(update={"data_dir": plain.store.data_dir})
    assert loaded.store.data_dir == ROOT / "data" / "db"
    assert loaded.model_copy(update={"store": moved}) == plain


def test_the_example_explains_every_key() -> None:
    text = (ROOT / "flowglass.example.toml").read_text(encoding="utf-8")
    for model in config.TABLES.values():
        for field in model.model_fields.values():
            assert f"# {field.description}\n" in text


def test_the_settings_page_lists_every_key_and_variable() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for table, model in config.TABLES.items():
        section = page.split(f"\n## [{table}]\n")[1].split("\n## ")[0]
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        assert [row.split("`")[1] for row in rows] == list(model.model_fields)
        for row, field in zip(rows, model.model_fields.values(), strict=True):
            assert row.endswith(f"| {field.description} |")
    for name, (table, key) in SHORT_NAMES.items():
        assert f"| `{name}` | `[{table}] {key}` |" in page


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    env = write(tmp_path, "[dashboard]\nport = 9000\nmax_connections = 9\n")
    settings = load({**env, "FLOWGLASS_PORT": "9001"})
    assert (settings.dashboard.port, settings.dashboard.max_connections) == (9001, 9)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("FLOWGLASS_FEATURES__CODE", "off", False),
        ("FLOWGLASS_FEATURES__CODE", "YES", True),
        ("FLOWGLASS_THRESHOLDS__ERROR_RATE_RED", "0.5", 0.5),
        ("FLOWGLASS_STALENESS__MIN_SECONDS", "3", 3.0),
        ("FLOWGLASS_STALENESS__CONSTANTS", "A_*, B", ("A_*", "B")),
        ("FLOWGLASS_STALENESS__CONSTANTS", '["A, B"]', ("A, B",)),
        ("FLOWGLASS_STALENESS__CONSTANTS", "", ()),
        ("FLOWGLASS_STORE__MAX_BYTES", "2 GiB", 2 * 2**30),
        ("FLOWGLASS_STORE__SEGMENT_BYTES", "1.5 MB", 1_500_000),
        ("FLOWGLASS_STORE__DURABILITY", "power", "power"),
        ("FLOWGLASS_OTLP_GRPC_PORT", "0", 0),
        ("FLOWGLASS_HOST", "[::1]", "::1"),
        ("FLOWGLASS_HOST", "127.0.0.2", "127.0.0.2"),
        ("FLOWGLASS_HOST", "localhost", "localhost"),
        ("FLOWGLASS_PORT", "", 8050),
    ],
)
def test_a_variable_is_read_as_the_type_of_its_key(
    tmp_path: Path, name: str, text: str, value: object
) -> None:
    settings = load({**write(tmp_path, ""), name: text})
    table, key = SHORT_NAMES.get(name) or name.removeprefix("FLOWGLASS_").lower().split("__")
    assert getattr(getattr(settings, table), key) == value


def test_a_relative_folder_in_the_file_starts_at_the_file(tmp_path: Path) -> None:
    settings = load(write(tmp_path, '[store]\ndata_dir = "here"\n'))
    assert settings.store.data_dir == tmp_path / "here"


def test_a_relative_folder_in_the_environment_starts_where_the_program_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load({**write(tmp_path, ""), "FLOWGLASS_DATA_DIR": "there"})
    assert settings.store.data_dir == tmp_path / "there"


@pytest.mark.parametrize("name", ["FLOWGLASS_LEVEL", "FLOWGLASS_BRAKE", "FLOWGLASS_SOMETHING_ELSE"])
def test_variables_of_the_tracer_are_left_alone(tmp_path: Path, name: str) -> None:
    assert load({**write(tmp_path, ""), name: "values"}).dashboard.port == 8050


BAD_FILES = [
    ("[dashboard]\nprot = 1", "line 2: [dashboard] prot is not a setting; did you mean port?"),
    ("[dashbord]\nport = 1", "line 1: [dashbord] is not a table of settings; did you mean [dashboard]?"),
    ("[[dashbord]]\nport = 1", "[dashbord] is not a table of settings; did you mean [dashboard]?"),
    ("[zebra]", "line 1: [zebra] is not a table of settings; the tables are dashboard, collector,"),
    ("[log]\nzebra = 1", "line 2: [log] zebra is not a setting; its keys are format, level"),
    ("[log]\nretention_days = 1", "did you mean [store] retention_days?"),
    ("# first\nport = 8051", "line 2: port stands outside a table; did you mean [dashboard] port?"),
    ("zebra = 1", "line 1: [zebra] is not a table of settings; the tables are dashboard,"),
    ("dashboard = 1", "line 1: dashboard is a table; write its keys below a line [dashboard]"),
    ('[dashboard]\nport = "80"', 'line 2: [dashboard] port must be a whole number, not "80"'),
    ("[dashboard]\nport = 80.5", "line 2: [dashboard] port must be a whole number, not 80.5"),
    ("[dashboard]\nport = true", "line 2: [dashboard] port must be a whole number, not true"),
    ("[dashboard]\nport = 0", "line 2: [dashboard] port must be at least 1, not 0"),
    ("dashboard.port = 65536", "line 1: [dashboard] port must be at most 65535, not 65536"),
    ('[features]\ncode = "no"', 'line 2: [features] code must be true or false, not "no"'),
    ("[staleness]\nmin_seconds = [1]", "[staleness] min_seconds must be a number, not [1]"),
    ('[staleness]\nconstants = "A"', '[staleness] constants must be a list of texts, not "A"'),
    ('[staleness]\nconstants = ["A", 2]', "[staleness] constants item 2 must be text, not 2"),
    (
        '[log]\nlevel = "loud"',
        "[log] level must be one of 'debug', 'info', 'warning' or 'error', not \"loud\"",
    ),
    ("[log]\nformat = 3", "[log] format must be one of 'json' or 'text', not 3"),
    ('[store]\nmax_bytes = "5 apples"', '[store] max_bytes "5 apples" must be a size such as'),
    ("[store]\nretention_days = 31", "[store] retention_days must be at most 30, not 31"),
    ("[store]\ndata_dir = 3", "[store] data_dir must be a path, not 3"),
    ('[store]\nmax_bytes = "3 MB"', "[store] max_bytes must be at least segment_bytes"),
    ('[redaction]\npatterns = ["("]', '[redaction] patterns item 1 "(" must be a regular expression'),
    ("[thresholds]\nerror_rate_red = 0.001", "error_rate_yellow must not be above error_rate_red"),
    ("[thresholds]\nlatency_red_ms = 1", "latency_green_ms must not be above latency_red_ms"),
    ("[dashboard]\nport = 4318", "[dashboard] port, [collector] port and [collector] grpc_port must differ"),
    (
        "[features]\noverview = false\ntraces = false\ncode = false\nalerts = false",
        "[features] at least one tab must be on",
    ),
    ('[traces]\nnoise = [""]', "[traces] noise item 1"),
    (
        '[links]\nexternal_trace = "jaeger/{trace_id}"',
        'external_trace "jaeger/{trace_id}" must be an address such as',
    ),
    ('[links]\nexternal_trace = "javascript://x/{trace_id}"', "must be an address such as"),
    ('[links]\nexternal_trace = "https://x/\\"{trace_id}"', "must be an address such as"),
    ('[links]\nexternal_trace = "https://[x/{trace_id}"', "must be an address such as"),
    ('[links]\nexternal_trace = "https://{trace_id}.x/{trace_id}"', "must not have a place in its host name"),
    ('[links]\nexternal_trace = "https://x/t"', "must hold {trace_id}"),
    ('[links]\nexternal_trace = "https://x/{trace_id}/{id}"', "knows {trace_id} and {span_id}, not {id}"),
    ('[dashboard]\nhost = "0.0.0.0"', 'line 2: [dashboard] host "0.0.0.0" is refused: there is no login yet'),
    ('[collector]\nhost = "192.168.1.4"', '[collector] host "192.168.1.4" is refused'),
    ('[collector]\nhost = "::"', '[collector] host "::" is refused'),
    ('[collector]\nhost = "example.com"', '[collector] host "example.com" is refused'),
    ("x = = 3", "line 1: is not valid TOML"),
]


@pytest.mark.parametrize(("text", "said"), BAD_FILES, ids=[text.replace("\n", " ") for text, _ in BAD_FILES])
def test_a_bad_file_is_told_in_one_line_that_names_it(tmp_path: Path, text: str, said: str) -> None:
    env = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(env)
    line = str(caught.value)
    assert said in line
    assert line.startswith(env["FLOWGLASS_CONFIG"])
    assert "\n" not in line


BAD_VARIABLES = [
    ("FLOWGLASS_PROT", "1", "FLOWGLASS_PROT is not a setting; did you mean FLOWGLASS_PORT?"),
    ("FLOWGLASS_DATADIR", "x", "FLOWGLASS_DATADIR is not a setting; did you mean FLOWGLASS_DATA_DIR?"),
    ("FLOWGLASS_PORT", "eighty", 'FLOWGLASS_PORT: [dashboard] port must be a whole number, not "eighty"'),
    ("FLOWGLASS_HOST", "0.0.0.0", 'FLOWGLASS_HOST: [dashboard] host "0.0.0.0" is refused'),
    ("FLOWGLASS_LOGG__LEVEL", "info", "did you mean FLOWGLASS_LOG__LEVEL?"),
    ("FLOWGLASS_LOG__LEVLE", "info", "did you mean FLOWGLASS_LOG__LEVEL?"),
    ("FLOWGLASS_LOG__ZEBRA", "1", "[log] zebra is not a setting; its keys are format, level"),
    ("FLOWGLASS_ZEBRA__KEY", "1", "[zebra] is not a table of settings; the tables are dashboard,"),
    ("FLOWGLASS_FEATURES__CODE", "maybe", '[features] code must be true or false, not "maybe"'),
    ("FLOWGLASS_STALENESS__CONSTANTS", "[oops", '[staleness] constants must be a list of texts, not "[oops"'),
]


@pytest.mark.parametrize(("name", "value", "said"), BAD_VARIABLES)
def test_a_bad_variable_is_told_in_one_line_that_names_it(
    tmp_path: Path, name: str, value: str, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load({**write(tmp_path, ""), name: value})
    line = str(caught.value)
    assert said in line
    assert name in line
    assert "\n" not in line


def test_a_settings_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere.toml: cannot be read: No such file"):
        load({"FLOWGLASS_CONFIG": str(tmp_path / "nowhere.toml")})


def test_a_settings_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "flowglass.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load({"FLOWGLASS_CONFIG": str(file)})


def test_no_two_keys_of_a_table_are_so_alike_that_a_typo_of_one_names_the_other() -> None:
    for model in config.TABLES.values():
        for key in model.model_fields:
            assert difflib.get_close_matches(key[:-1], model.model_fields, n=1) == [key]


def test_the_folder_of_rules_is_beside_the_file_when_it_exists_or_as_it_says(tmp_path: Path) -> None:
    file = write(tmp_path, "")["FLOWGLASS_CONFIG"]
    assert load({"FLOWGLASS_CONFIG": file}).alerts.rules_folder == ""
    (tmp_path / "rules").mkdir()
    assert load({"FLOWGLASS_CONFIG": file}).alerts.rules_folder == str(tmp_path / "rules")
    named = write(tmp_path, '[alerts]\nrules_folder = "more/rules"\n')
    assert load(named).alerts.rules_folder == str(tmp_path / "more" / "rules")
    assert load(named | {"FLOWGLASS_ALERTS__RULES_FOLDER": "/srv/rules"}).alerts.rules_folder == "/srv/rules"
