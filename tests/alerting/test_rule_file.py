"""Rules as TOML: written and read back the same, every mistake named with its line, folders kept in step."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest

from alerting import edit
from alerting.edit import Invalid, ReadOnly
from alerting.rule import Rule
from alerting.rule_file import joined, read_file, read_paths, read_text, written
from alerting.rule_folder import RuleFolder
from alerting.rule_import import NotImported, exported, import_rules
from alerting.secrets import Secrets
from alerting.templates import TEMPLATES
from data import control_alerts, control_rule_files
from data.control import Control
from tests.support.alerts import plain
from tests.support.page import NOW

TOGETHER = Rule("Together", id="both", kind="combination", all_of=("rule-2",), none_of=("rule-3",))
RULES = [replace(one.rule, id=f"rule-{at}") for at, one in enumerate(TEMPLATES) if one.key != "combination"]


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    made = Control.open(tmp_path)
    yield made
    made.close()


def channel(control: Control, folder: Path, name: str = "ops") -> str:
    fields = {"kind": "webhook", "name": name, "url": "http://127.0.0.1:9/"}
    return edit.add_channel(control, Secrets(folder, {}), fields, NOW, "local").channel.id


def test_rules_written_and_read_back_are_the_same() -> None:
    odd = replace(RULES[0], message_text='two\nlines, {rule} and "quotes" \\', owner="Zoë", channels=("c1",))
    told = [odd, *RULES[1:], TOGETHER, replace(RULES[1], id="paused", enabled=False)]
    text = written(told, {"c1": "ops"})
    found = joined(read_text(text, "all.toml"))
    assert found.problems == ()
    assert [one.rule for one in found.rules] == [replace(odd, channels=("ops",)), *told[1:]]
    assert "critical" not in text.split("[[rule]]")[7]  # what is as usual is not written
    assert {one.name for one in fields(Rule)} - {"revision"}  # and every field that is not can be read


BAD = """
# a comment

[[rule]]
name = "fine"
warning = 5.0

[[rule]]
name = "typo"
metric = "p95"
waring = 5.0
operator = "over"

[[rule]]
name = "empty"

[[rule]]
name = "worded"
window = "5 min"
warning = 1.0
"""


def test_every_mistake_is_told_with_its_line_rule_field_and_how_to_mend_it() -> None:
    found = read_text(BAD, "rules/bad.toml")
    assert [one.rule.name for one in found.rules] == ["fine"]
    assert [one.said for one in found.problems] == [
        'rules/bad.toml line 11: rule "typo": waring: no rule has such a field; did you mean warning?',
        'rules/bad.toml line 12: rule "typo": operator: one of above, below',
        'rules/bad.toml line 14: rule "empty": warning: set a warning or a critical threshold',
        'rules/bad.toml line 19: rule "worded": window: expected int',
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[rule]\nname = 3", "x.toml line 1: is not valid TOML"),
        ("[rule]\nname = 'a'", "x.toml: rule is not known here; write each rule below a line [[rule]]"),
        ("[[rules]]\nname = 'a'", "x.toml: rules is not known here; write each rule below a line [[rule]]"),
        ("[[rule]]\nname = 'a'\nwarning = 1\nid = 'no spaces'", "id: at most 64 letters"),
        ("[[rule]]\nname = 'a'\nwarning = 1\nrevision = 3", "revision: no rule has such a field"),
        ("[[rule]]\nname = 3", "line 2: name: expected str"),
    ],
)
def test_what_is_no_rule_at_all_is_one_clear_line(text: str, said: str) -> None:
    (first, *_) = read_text(text, "x.toml").problems
    assert said in first.said


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes("# é".encode("latin-1"))
    (tmp_path / "big.toml").write_text("#" * 1_000_001)
    said = [one.said for one in read_paths([tmp_path]).problems]
    assert [line.partition(": ")[2].split(";")[0] for line in said] == [
        "has more than 1,000,000 bytes", "is not UTF-8 text",
    ]  # fmt: skip
    assert "cannot be read: No such file" in read_file(tmp_path / "no.toml", "no.toml").problems[0].said


def test_two_of_one_id_and_what_combinations_are_made_of(tmp_path: Path) -> None:
    text = written(
        [replace(RULES[0], id="a"), replace(RULES[1], id="a"), replace(TOGETHER, all_of=("b",))], {}
    )
    found = joined(read_text(text, "x.toml"))
    assert [one.rule.name for one in found.rules] == [RULES[0].name]
    assert [one.message for one in found.problems] == [
        "a is the id of the rule in x.toml line 3 too; give each its own",
        "there is no rule b", "there is no rule rule-3",
    ]  # fmt: skip


def test_an_import_adds_replaces_and_leaves_alone_and_an_export_brings_it_back(
    control: Control, tmp_path: Path
) -> None:
    ops = channel(control, tmp_path)
    kept = edit.add_rule(control, plain(replace(RULES[0], channels=(ops,))), NOW, "local").rule
    named = edit.add_rule(control, plain(RULES[1]), NOW + 1, "local").rule
    text = exported(control)
    assert 'channels = [\n    "ops",\n]' in text
    assert import_rules(control, text, "x.toml", NOW, "mia").same == (kept.id, named.id)
    more = f'[[rule]]\nname = "{named.name}"\nwarning = 9.0\n[[rule]]\nname = "fresh"\nwarning = 1.0\n'
    done = import_rules(control, more, "x.toml", NOW, "mia")
    assert (len(done.added), done.changed) == (1, (named.id,))
    assert edit.rule(control, named.id).rule.warning == 9.0
    assert edit.rule(control, done.added[0]).changed_by == "mia"


def test_an_import_with_one_mistake_takes_nothing(control: Control) -> None:
    text = '[[rule]]\nname = "a"\nwarning = 1.0\nchannels = ["pager"]\n[[rule]]\nname = "b"\n'
    with pytest.raises(NotImported) as refused:
        import_rules(control, text, "x.toml", NOW, "mia")
    assert [one.field for one in refused.value.problems] == ["warning", "channels"]
    assert "there is no channel pager; make it first, or name one of: none yet" in str(refused.value)
    assert edit.rules(control) == ()


def put(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    seen = (folder / name).stat()
    os.utime(folder / name, ns=(seen.st_atime_ns, seen.st_mtime_ns + 1_000_000))


def test_rules_of_a_folder_are_kept_in_step_and_read_only(control: Control, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    channel(control, tmp_path)
    put(rules, "api.toml", '[[rule]]\nname = "Slow API"\nwarning = 5.0\nchannels = ["ops", "pager"]\n')
    put(rules, "bad.toml", "[[rule]\n")
    folder = RuleFolder(control, rules)
    done = folder.sync(NOW)
    assert (done.added, done.problems) == (1, 2)
    (saved,) = edit.rules(control)
    assert (saved.rule.id, saved.source, saved.changed_by) == ("api-slow-api", "rules/api.toml", "file")
    assert len(saved.rule.channels) == 1
    said = control_rule_files.problems(control)
    assert "rules/api.toml line 1" in said[0]
    assert "there is no channel pager" in said[0]
    assert "rules/bad.toml line 1: is not valid TOML" in said[1]
    assert folder.sync(NOW) == type(done)()  # nothing has changed
    with pytest.raises(ReadOnly, match=r"rules/api\.toml"):
        edit.pause_rule(control, saved.rule.id, True, NOW, "local")
    with pytest.raises(ReadOnly):
        edit.change_rule(control, saved.rule.id, 1, plain(saved.rule), NOW, "local")
    with pytest.raises(ReadOnly):
        edit.delete_rule(control, saved.rule.id, NOW, "local")
    with pytest.raises(NotImported, match=r"stands in rules/api\.toml"):
        import_rules(control, written([saved.rule], {}), "x.toml", NOW, "mia")
    assert "Slow API" not in exported(control)

    put(rules, "api.toml", '[[rule]]\nname = "Slow API"\nwarning = 6.0\n')
    assert folder.sync(NOW).changed == 1
    assert edit.rule(control, "api-slow-api").rule.revision == 2
    put(rules, "api.toml", '[[rule]]\nname = "Slow API"\nwarning = \n')
    folder.sync(NOW)
    assert edit.rule(control, "api-slow-api").rule.warning == 6.0  # a bad file leaves its rules as they were
    rules.rename(tmp_path / "elsewhere")
    assert folder.sync(NOW).deleted == 0
    assert "is no folder" in control_rule_files.problems(control)[0]
    (tmp_path / "elsewhere" / "api.toml").unlink()
    (tmp_path / "elsewhere").rename(rules)
    assert folder.sync(NOW).deleted == 1
    assert edit.rules(control) == ()


def test_a_rule_moves_into_a_file_with_its_id_and_goes_when_the_setting_does(
    control: Control, tmp_path: Path
) -> None:
    mine = edit.add_rule(control, plain(RULES[0]), NOW, "local").rule
    made_of = plain(replace(TOGETHER, all_of=(mine.id,), none_of=()))
    edit.add_rule(control, made_of, NOW + 1, "local")
    put(tmp_path / "rules", "mine.toml", written([mine], {}))
    folder = RuleFolder(control, tmp_path / "rules")
    assert folder.sync(NOW).changed == 1
    assert [(one.rule.id == mine.id, one.source) for one in edit.rules(control)] == [
        (True, "rules/mine.toml"), (False, ""),
    ]  # fmt: skip
    assert RuleFolder(control, None).sync(NOW).deleted == 1
    assert [one.body for one in control_alerts.rules(control) if one.id == mine.id] == []
    with pytest.raises(Invalid, match="there is no rule"):
        edit.add_rule(control, made_of, NOW, "local")
