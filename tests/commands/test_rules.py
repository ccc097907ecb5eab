"""`rules export`, `import` and `check`: what each writes, refuses and ends with."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerting import edit
from alerting.rule import Rule
from data.control import Control
from tests.support.alerts import plain
from tests.support.command import app_py, command, refusal

GOOD = '[[rule]]\nname = "Slow"\nwarning = 5.0\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "db").mkdir()
    control = Control.open(tmp_path / "db")
    edit.add_rule(control, plain(Rule("Errors", metric="error rate", warning=2.0)), 1, "local")
    control.close()
    return tmp_path


def test_rules_go_out_and_come_back(folder: Path) -> None:
    shown = command(folder, "rules", "export")
    assert 'name = "Errors"' in shown.stdout, shown.stderr
    file = folder / "rules.toml"
    assert command(folder, "rules", "export", file).returncode == 0
    assert file.read_text() == shown.stdout
    assert "say --overwrite" in refusal(command(folder, "rules", "export", file))
    with file.open("a") as stream:
        stream.write(GOOD)
    assert command(folder, "rules", "import", file).stdout == "1 new, 0 changed, 1 as they were\n"
    file.write_text(GOOD + "window = 1\n")
    answer = command(folder, "rules", "import", file)
    assert f'{file} line 4: rule "Slow": window: 10 s to 24 h' in answer.stderr
    assert "nothing was imported" in answer.stderr
    assert answer.returncode != 0


def test_a_check_ends_with_0_or_with_1_and_every_mistake(folder: Path) -> None:
    rules = folder / "rules"
    rules.mkdir()
    (rules / "good.toml").write_text(GOOD)
    (rules / "more.toml").write_text('[[rule]]\nname = "Other"\nkind = "no calls"\n')
    fine = command(folder, "rules", "check", rules)
    assert (fine.returncode, fine.stdout) == (0, "2 rules in 2 files: nothing is wrong\n")
    assert app_py(folder, "rules", "check", rules / "good.toml").stdout.startswith("1 rule in 1 file")
    (rules / "more.toml").write_text(
        '[[rule]]\nname = "Other"\nkind = "regression"\nfilter = "status:error"\n'
    )
    wrong = command(folder, "rules", "check", rules)
    assert wrong.returncode == 1
    assert wrong.stderr.splitlines() == [
        'rules/more.toml line 4: rule "Other": filter: only process, group and scope: '
        "the past is kept by process, without status"
    ]
    assert command(folder, "rules", "check").stderr == wrong.stderr  # rules/ beside flowglass.toml
    rules.rename(folder / "elsewhere")
    assert "name a file or folder" in refusal(command(folder, "rules", "check"))
