"""The review of the Alerts tab: what it finds, what one press mends, and what takes it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alerting import edit
from alerting.rule import Rule
from callbacks import alerts_acts, alerts_board, alerts_rule
from callbacks.context import Context
from callbacks.control import control_of
from dashboard import url
from dashboard.components.view import plain
from dashboard.url import PageState
from data.control import Control
from tests.support import alerts as made
from tests.support.alerts import SLOW
from tests.support.components import rows_of
from tests.support.context import context_on
from tests.support.page import NOW, SECOND, text
from tests.support.stored import Call, stored

HOUR = 3_600 * SECOND
NOISY = replace(SLOW, metric="p50", warning=100.0, critical=None, recovery=None)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A call a minute for three days, slow for a quarter of an hour in every twelve; at the end it flaps."""
    calls = [
        Call(NOW - at * 60 * SECOND, ms=150.0 + at / 30 if at % 720 < 15 else 20.0)
        for at in range(4300, 60, -1)
    ]
    calls += [Call(NOW - at * 20 * SECOND, ms=200.0 if at % 18 < 8 else 20.0) for at in range(180, 0, -1)]
    return stored(tmp_path_factory.mktemp("review") / "db", calls, NOW)


@pytest.fixture
def ctx(directory: Path, tmp_path: Path) -> Iterator[Context]:
    (directory / "control.db").unlink(missing_ok=True)
    for name in directory.iterdir():
        (tmp_path / name.name).symlink_to(name)
    with context_on(tmp_path) as made:
        yield made


@pytest.fixture
def control(ctx: Context) -> Control:
    return control_of(ctx)


def page(**extra: str) -> dict[str, Any]:
    return url.as_data(PageState("alerts", range="7d", extra=extra))


def review(ctx: Context) -> Any:
    shown = alerts_board.show_board(ctx, page(view="review"), None, None, None)
    return dict(zip(alerts_board.TOP, shown, strict=True))["alerts-list"]


def press(ctx: Context, **wish: str) -> dict[str, Any]:
    done, _ = alerts_acts.act(ctx, wish, page(view="review"), None)
    found: dict[str, Any] = done
    return found


def fired(control: Control, rule: Rule, *hours: float) -> None:
    for each in hours:
        at = NOW - int(each * HOUR)
        made.happened(control, rule, "fired", at, episode_ns=at)
        made.happened(control, rule, "resolved", at + HOUR // 2, episode_ns=at)


def test_what_is_found_is_mended_by_one_press_and_taken_back_by_another(
    ctx: Context, control: Control
) -> None:
    noisy = made.saved(control, NOISY, NOW - 300 * HOUR)
    fired(control, noisy, 50, 30, 10)
    made.happened(control, noisy, "flapping", NOW - 1800 * SECOND)
    first, second = rows_of(review(ctx))[:2]
    assert "began to flap once" in text(first)
    assert "fired 3 times, 90 min in all; nobody acknowledged" in text(second) or "1 h 30" in text(second)
    assert json.dumps(plain(second)).count("mend-raise") == 1

    done = press(ctx, act="mend-raise", rule=noisy.id)
    assert done["ok"], done
    assert "warning from 100 ms to" in done["said"]
    assert "before" in done["said"]
    now = edit.rule(control, noisy.id).rule
    assert (now.warning or 0) > 150
    assert "Warning: 100 → " in text(review(ctx))

    edits = [row for row in rows_of(review(ctx)) if "changed" in text(row)]
    assert len(edits) == 1
    id = json.dumps(plain(edits[0])).split('"data-id": "')[1].split('"')[0]
    assert press(ctx, act="restore", id=id)["ok"]
    assert edit.rule(control, noisy.id).rule.warning == 100.0
    assert press(ctx, act="restore", id="999")["said"].startswith("It is gone")

    calm = press(ctx, act="mend-calm", rule=noisy.id, at=str(NOW - 1800 * SECOND))
    assert "keeps firing for" in calm["said"]
    assert edit.rule(control, noisy.id).rule.keep_firing > 0
    again = press(ctx, act="mend-calm", rule=noisy.id, at=str(NOW - 40 * HOUR))
    assert not again["ok"]


def test_a_rule_that_never_fires_learns_its_threshold(ctx: Context, control: Control) -> None:
    deaf = made.saved(control, replace(NOISY, name="deaf", warning=90_000.0), NOW - 300 * HOUR)
    with control.write() as connection:
        connection.execute("INSERT INTO alert_progress VALUES (?, 'deaf', 's', ?, 0)", (deaf.id, NOW))
    assert "judged all the while, and never fired" in text(review(ctx))
    done = press(ctx, act="mend-learn", rule=deaf.id)
    assert done["ok"], done
    assert (edit.rule(control, deaf.id).rule.warning or 0) < 2_000
    odd = made.saved(control, replace(NOISY, name="odd", filter="status:error"), NOW)
    assert "its history is not kept by process" in press(ctx, act="mend-learn", rule=odd.id)["said"]
    quiet = made.saved(control, replace(NOISY, name="quiet", warning=9_000.0), NOW)
    assert "gives no threshold that is quiet" in press(ctx, act="mend-raise", rule=quiet.id)["said"]


def test_overlapping_rules_offer_to_pause_one_and_files_are_only_marked(
    ctx: Context, control: Control
) -> None:
    first, second = (made.saved(control, replace(NOISY, name=name), NOW - 300 * HOUR) for name in ("a", "b"))
    for one in (first, second):
        fired(control, one, 50, 30)
    with control.write() as connection:
        connection.execute("UPDATE alert_rule SET source = 'rules/a.toml' WHERE id = ?", (first.id,))
    rows = [text(row) for row in rows_of(review(ctx))]
    assert any("fires 100 % of the time together with" in row for row in rows)
    assert any("rules/a.toml" in row for row in rows)
    assert "It stands in the file rules/a.toml" in press(ctx, act="switch", rule=first.id, on="0")["said"]
    assert press(ctx, act="switch", rule=second.id, on="0")["ok"]
    assert "paused" in text(review(ctx))


def test_without_rules_it_says_what_it_is_for(ctx: Context) -> None:
    said = text(review(ctx))
    assert "No rule yet" in said
    assert "Nothing was edited yet." in said


def test_the_open_rule_shows_its_own_edits_and_a_deleted_one_can_come_back(
    ctx: Context, control: Control
) -> None:
    rule = made.saved(control, NOISY)
    edit.pause_rule(control, rule.id, True, NOW, "mia")
    _, body, *_ = alerts_rule.show_rule(ctx, page(rule=rule.id), None, None, None, None)
    said = json.dumps(plain(body))
    assert "Active: yes \\u2192 no" in said
    assert "mia" in said
    assert press(ctx, act="delete-rule", rule=rule.id)["ok"]
    gone = next(row for row in rows_of(review(ctx)) if "deleted" in text(row))
    id = json.dumps(plain(gone)).split('"data-id": "')[1].split('"')[0]
    assert press(ctx, act="restore", id=id)["ok"]
    assert not edit.rule(control, rule.id).rule.enabled
