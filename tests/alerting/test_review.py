"""A review finds what fires unattended, never fires, flaps or overlaps; mending is what a replay says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from alerting import edit
from alerting.edit import SavedRule
from alerting.edits import Change, changes, done, text
from alerting.mend import calmed, mended_words, raised
from alerting.preview import preview
from alerting.review import jaccard, review
from alerting.rule import Rule, as_dict
from alerting.secrets import Secrets
from data import control_channels
from data.control import Control, EditConflict, NotThere
from data.control_silences import Silence
from queries import alert_edits
from queries.alert_edits import Edit
from queries.alert_log import Episode
from queries.alert_review import Acted, Flapped
from queries.base import Reader, TimeRange
from tests.support.page import NOW, SECOND
from tests.support.stored import Call, stored

HOUR = 3_600 * SECOND
RANGE = TimeRange(NOW - 168 * HOUR, NOW)
NOTHING = Acted(frozenset(), (), {}, frozenset("abcd"), frozenset())


def saved(id: str, created_hours: int = 300, **more: object) -> SavedRule:
    rule = replace(Rule(f"rule {id}", id=id, warning=1.0), **more)  # type: ignore[arg-type]
    return SavedRule(rule, NOW - created_hours * HOUR, NOW, "local")


def firing(id: str, hours: float, lasted: float = 1.0, key: str = "", severity: str = "warning") -> Episode:
    start = NOW - int(hours * HOUR)
    return Episode(f"e{id}{hours}", id, f"rule {id}", key, severity, start, 2.0, start + int(lasted * HOUR))


def found(*episodes: Episode, acted: Acted = NOTHING, rules: str = "ab") -> list[tuple[str, str]]:
    result = review([saved(id) for id in rules], episodes, acted, RANGE)
    return [(one.kind, one.rule.rule.id) for one in result]


def test_what_fires_several_times_and_nobody_acts_is_found() -> None:
    twice = firing("a", 50), firing("a", 20), firing("b", 10)
    assert found(*twice) == [("unattended", "a")]
    (one,) = review([saved("a")], twice, NOTHING, RANGE)
    assert (one.count, one.fired_ns, one.at_ns) == (2, 2 * HOUR, NOW - 20 * HOUR)
    acknowledged = replace(NOTHING, acknowledged=frozenset({("a", "", NOW - 20 * HOUR)}))
    assert found(*twice, acted=acknowledged) == []


@pytest.mark.parametrize(
    ("starts", "ends", "rule_id", "key", "is_found"),
    [(-49.5, -48, "a", "", False), (-80, -60, "a", "", True), (-50, -49, "b", "", True),
     (-50, -49, "", "x*", True), (-200, 0, "", "", False)],
)  # fmt: skip
def test_a_silence_over_a_firing_is_an_act(
    starts: float, ends: float, rule_id: str, key: str, is_found: bool
) -> None:
    at = NOW + int(starts * HOUR)
    silence = Silence("s", rule_id, key, "mia", "why", at, NOW + int(ends * HOUR), at)
    acted = replace(NOTHING, silences=(silence,))
    assert bool(found(firing("a", 50), firing("a", 20), acted=acted, rules="a")) == is_found


def test_what_is_judged_all_the_while_and_never_fires_is_found() -> None:
    assert found() == [("never", "a"), ("never", "b")]
    assert found(acted=replace(NOTHING, judged=frozenset("b"))) == [("never", "b")]
    assert found(acted=replace(NOTHING, paused=frozenset("b"))) == [("never", "a")]
    assert review([saved("a", 100)], (), NOTHING, RANGE) == ()  # younger than the range
    assert review([saved("a", enabled=False)], (), NOTHING, RANGE) == ()


def test_what_flaps_comes_first() -> None:
    acted = replace(NOTHING, flaps={"b": Flapped(3, NOW - HOUR)})
    assert found(firing("b", 3), acted=acted) == [("flaps", "b"), ("never", "a")]


def overlapping(severity: str, alike: float) -> tuple[Episode, ...]:
    return tuple(
        one
        for hours in (90.0, 60.0, 30.0)
        for one in (firing("a", hours), firing("b", hours, alike, severity=severity))
    )


def test_rules_that_fire_at_the_same_times_overlap_and_the_milder_one_is_spare() -> None:
    (one,) = [one for one in review([saved("a"), saved("b")], overlapping("critical", 0.9), NOTHING, RANGE)
              if one.kind == "overlaps"]  # fmt: skip
    assert (one.rule.rule.id, one.other and one.other.rule.id, one.count) == ("a", "b", 3)
    assert one.alike == pytest.approx(0.9)
    found_of = review([saved("a"), saved("b", 200)], overlapping("warning", 0.9), NOTHING, RANGE)
    assert [one.rule.rule.id for one in found_of if one.kind == "overlaps"] == ["b"]  # the younger
    assert "overlaps" not in [kind for kind, _ in found(*overlapping("warning", 0.5))]
    made_of = saved("b", kind="combination", all_of=("a",))
    of_each_other = review([saved("a"), made_of], overlapping("warning", 1.0), NOTHING, RANGE)
    assert "overlaps" not in [one.kind for one in of_each_other]


def test_the_share_of_common_time() -> None:
    assert jaccard([(0, 10 * SECOND)], [(5 * SECOND, 15 * SECOND)]) == pytest.approx(1 / 3)
    assert jaccard([], []) == 0.0
    keys = firing("a", 50, key="x"), firing("a", 49.5, key="y")
    (one,) = review([saved("a")], keys, NOTHING, RANGE)
    assert one.fired_ns == 1.5 * HOUR  # two keys at once are one stretch


SLOW = Rule("slow", filter='process:="price_order"', metric="p50", warning=100.0, critical=300.0,
            recovery=80.0, window=60)  # fmt: skip


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Four hours with five slow stretches, 150 to 900 ms; in the last quarter of an hour it flaps."""
    calls = []
    for at in range(4 * 360, 90, -1):
        stretch = at // 240
        slow = at % 240 < 40
        calls.append(Call(NOW - at * 10 * SECOND, ms=(150.0 + 150 * stretch) if slow else 20.0))
    for at in range(180, 0, -1):
        calls.append(Call(NOW - at * 5 * SECOND, ms=200.0 if at % 48 < 18 else 20.0))
    return Reader.open(stored(tmp_path_factory.mktemp("mend"), calls, NOW))


def test_a_threshold_is_raised_as_little_as_makes_a_replay_quiet(reader: Reader) -> None:
    read = preview(replace(SLOW, warning=None), reader, NOW, 4 * HOUR)
    mended = raised(SLOW, read)
    assert mended is not None
    assert mended.before > 3
    assert mended.after <= 1
    less = replace(mended.rule, warning=(mended.rule.warning or 0) * 0.9, critical=None, recovery=None)
    assert len(read.replay(less).episodes) > 1
    assert (mended.rule.critical or 0) > (mended.rule.warning or 0) > (mended.rule.recovery or 0)
    assert mended_words(SLOW, mended, str).startswith("warning from 100.0 to ")
    assert raised(mended.rule, read) is None
    assert raised(replace(SLOW, kind="no calls"), read) is None


def test_flapping_is_calmed_by_the_shortest_firing_that_ends_it(reader: Reader) -> None:
    rule = replace(SLOW, critical=None, recovery=None, window=20)
    mended = calmed(rule, reader, NOW - 450 * SECOND)
    assert mended is not None
    assert mended.after < mended.before
    assert mended.rule.keep_firing > 0
    assert "keeps firing for" in mended_words(rule, mended, str)
    assert calmed(replace(rule, warning=9_000.0), reader, NOW) is None


def edit_of(before: Rule | None, after: Rule | None) -> Edit:
    plain = [as_dict(one) if one else None for one in (before, after)]
    return Edit(7, "r", "slow", NOW, "mia", *plain)


def test_an_edit_reads_field_by_field() -> None:
    louder = replace(SLOW, warning=120.0, channels=("c1",))
    one = edit_of(SLOW, louder)
    assert changes(one) == (Change("warning", 100.0, 120.0), Change("channels", [], ["c1"]))
    assert done(one) == "changed"
    assert [done(each) for each in (edit_of(None, SLOW), edit_of(SLOW, None))] == ["made", "deleted"]
    off = replace(SLOW, enabled=False)
    assert [done(each) for each in (edit_of(SLOW, off), edit_of(off, SLOW))] == ["paused", "made active"]
    assert "name" in {each.field for each in changes(edit_of(None, SLOW))}
    older = replace(one, before={"name": "slow", "warning": 100.0})
    assert "metric" in {each.field for each in changes(older)}


def test_edits_of_channels_tell_of_a_secret_only_that_it_changed(tmp_path: Path) -> None:
    control, secrets = Control.open(tmp_path), Secrets(tmp_path, {})
    plain = {"kind": "webhook", "name": "ops", "url": "https://a.example/", "secret": "s3cret"}
    made = edit.add_channel(control, secrets, plain, NOW, "mia").channel
    more = plain | {"url": "https://b.example/", "secret": "an0ther"}
    edit.change_channel(control, secrets, made.id, 1, more, NOW, "jon")
    with pytest.raises(EditConflict):
        edit.change_channel(control, secrets, made.id, 1, more, NOW, "jon")
    control_channels.delete_channel(control, made.id, NOW, "jon")
    with pytest.raises(NotThere):
        control_channels.delete_channel(control, made.id, NOW, "jon")
    reader = Reader.open(tmp_path)
    deleted, changed, first = alert_edits.edits(reader)
    assert [(done(one), one.subject) for one in (first, changed, deleted)] == [
        ("made", "channel"), ("changed", "channel"), ("deleted", "channel"),
    ]  # fmt: skip
    assert changes(changed) == (
        Change("url", "https://a.example/", "https://b.example/"), Change("secret", "kept", "another one"),
    )  # fmt: skip
    assert "s3cret" not in str(first)
    control.close()


@pytest.mark.parametrize(
    ("value", "shown"),
    [(True, "yes"), (False, "no"), (None, "none"), ("", "none"), (1500.0, "1,500"), ([], "none"),
     (["c1", "x"], "ops, x"), ([{"after": 600, "channels": ["c1"]}], "after 600, channels ops"),
     ("p95", "p95")],
)  # fmt: skip
def test_values_read_as_people_read_them(value: object, shown: str) -> None:
    assert text(value, {"c1": "ops"}) == shown
