"""What has arrived is matched as a search would match it, for many filters at once."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from config import Settings
from data.seed import reference_spans
from data.store import Store
from queries import alert_arrivals
from queries.alert_arrivals import Matcher
from queries.alert_rows import Sight, past_calls, seer
from queries.base import Reader, TimeRange
from queries.cursor import decode
from queries.filters import Filter, parse
from queries.find import find
from queries.limits import MAX_PAGE
from queries.tail import arrived

NOW = 1_795_269_755_900_000_000
DAY = TimeRange(NOW - 86_400 * 10**9, NOW + 10**9)
TEXTS = (
    *("", "status:error", "-status:error", "duration:>=20ms", "duration:<1ms", "duration:>20ms status:error"),
    *("exception:Timeout", "exception:TimeoutError process:load*", "-exception:Timeout", "exception:*"),
    *("group:=orders", "group:=orders duration:<=5ms", "process:load* -group:=orders", "group:=nobody"),
    *("attr.http.request.method:=POST", "-attr.http.request.method:=POST", "has:attr.http.request.method"),
    *(
        "attr.http.request.method:=POST duration:>5ms",
        "status:error value:>100",
        "has:exception group:=orders",
    ),
    *("status:error OR attr.http.request.method:=POST", "value:>500", "is:root", "group:=orders value:>500"),
)
SIGHTS = {"": Sight("quantity", "process"), "status:error": Sight(), "duration:>=20ms": Sight()}


def found(reader: Reader, tree: Filter) -> set[tuple[int, int]]:
    """(segment, id) of every span of the day that a search finds."""
    keys: set[tuple[int, int]] = set()
    place = decode(None)
    with reader.session() as session:
        while True:
            page = find(session, tree, DAY, place, MAX_PAGE, newest_first=True)
            keys |= {(key.segment.id, key.id) for key in page.keys}
            place = page.place
            if place is None:
                return keys


@pytest.mark.parametrize(
    "most", [alert_arrivals.MOST_CONDITIONS, 2]
)  # 2: nearly every filter meets the limit
def test_every_filter_matches_on_arrival_what_a_search_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(alert_arrivals, "MOST_CONDITIONS", most)
    settings = Settings()
    store = Store.open(tmp_path, settings.store, settings.staleness, lambda: NOW)
    spans = sorted(islice(reference_spans(3_000, 5, NOW, days=1), 3_000), key=lambda one: one.start_ns)
    early, among, beyond, later = spans[:1_800:2], spans[1:1_800:2], spans[1_800::2], spans[1_801::2]
    reader, matcher = Reader.open(tmp_path), Matcher()
    filters = {parse(text): at == 0 for at, text in enumerate(TEXTS)}
    store.write(early)
    batch = matcher.look(reader, None, filters, NOW).batch
    before = [found(reader, tree) for tree in filters]
    store.write(among)
    store.write(beyond[::2])
    store.write(beyond[1::2])
    after = [found(reader, tree) for tree in filters]

    def arrived_while_more_is_written(*args: Any) -> Any:
        answer = arrived(*args)
        store.write(later)
        return answer

    monkeypatch.setattr(alert_arrivals, "arrived", arrived_while_more_is_written)
    seen = matcher.look(reader, batch, filters, NOW)
    monkeypatch.undo()
    rest = matcher.look(reader, seen.batch, filters, NOW)
    finally_ = [found(reader, tree) for tree in filters]
    past = {text: past_calls(reader, parse(text), DAY, sight).calls for text, sight in SIGHTS.items()}
    reader.close()
    store.close()
    for looked, old, new in ((seen, before, after), (rest, after, finally_)):
        for text, matches, there, now in zip(TEXTS, looked.matches, old, new, strict=True):
            keys = [row[:2] for row in matches]
            assert len(keys) == len(set(keys)), text
            assert set(keys) == now - there, text
    for text, sight in SIGHTS.items():
        see = seer(sight, rest.names)
        calls = {repr(see(row)) for looked in (seen, rest) for row in looked.matches[TEXTS.index(text)]}
        assert calls < set(map(repr, past[text])), text  # repr: NaN is not NaN
        assert len(calls) > 30, text
    assert {looked.spans for looked in (seen, rest)} == {1_500, 600}
    assert all(row[-1].startswith("{") for row in seen.matches[0])
    assert sum(map(bool, seen.matches)) == len(TEXTS) - 1  # every filter but the one for nobody is tested
    assert len({row[0] for row in seen.matches[0]}) == 2  # segments
