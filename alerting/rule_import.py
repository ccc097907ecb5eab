"""Rules of a TOML text brought into control.db as if they had been written there: all of them, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from alerting import edit
from alerting.edit import SavedRule, new_id
from alerting.rule import Rule, as_dict
from alerting.rule_file import FileRule, Found, Problem, joined, read_text, resolved, written
from data import control_channels
from data.control import Control


class NotImported(Exception):
    """Nothing was taken, and why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(one.said for one in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Imported:
    """Ids by what became of them."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    same: tuple[str, ...] = ()


def exported(control: Control) -> str:
    """TOML of every rule that does not stand in a file already."""
    channels = control_channels.names(control)
    names = list(channels.values())
    clear = {id: name for id, name in channels.items() if names.count(name) == 1}
    return written([one.rule for one in edit.rules(control) if not one.source], clear)


def import_rules(control: Control, text: str, file: str, now_ns: int, by: str) -> Imported:
    """Adds and replaces; raises NotImported.

    A rule with an `id` replaces the one of that id; without, the only one of its name, if there is one.
    """
    there = {one.rule.id: one for one in edit.rules(control)}
    channels = control_channels.names(control)
    read = read_text(text, file)
    named = tuple(one if one.given else _by_name(one, list(there.values())) for one in read.rules)
    found = joined(Found(named, read.problems), {id: one.rule for id, one in there.items()})
    made = resolved(found, channels)
    problems = [*made.problems]
    problems += [
        Problem(
            one.file, one.line, one.rule.name, "id", f"the rule stands in {saved.source}; change it there"
        )
        for one in made.rules
        if (saved := there.get(one.rule.id)) is not None and saved.source
    ]
    if problems:
        raise NotImported(problems)
    return _taken(control, [one.rule for one in made.rules], there, now_ns, by)


def _by_name(one: FileRule, there: list[SavedRule]) -> FileRule:
    same = [saved.rule.id for saved in there if saved.rule.name == one.rule.name]
    return replace(one, rule=replace(one.rule, id=same[0] if len(same) == 1 else new_id()))


def _taken(
    control: Control, rules: list[Rule], there: dict[str, SavedRule], now_ns: int, by: str
) -> Imported:
    added, changed, same = list[str](), list[str](), list[str]()
    for rule in rules:
        saved = there.get(rule.id)
        if saved is None:
            edit.put_rule(control, rule, 0, now_ns, by)
            added.append(rule.id)
        elif as_dict(replace(saved.rule, revision=0)) == as_dict(replace(rule, revision=0)):
            same.append(rule.id)
        else:
            edit.put_rule(control, rule, saved.rule.revision, now_ns, by)
            changed.append(rule.id)
    return Imported(tuple(added), tuple(changed), tuple(same))
