"""What has arrived is matched as a search would match it, for many filters at once."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from config import Settings
from data.seed import reference_spans
from data.store import Store
from queries.alert_arrivals import Matcher
from queries.base import Reader, TimeRange
from queries.cursor import decode
from queries.filters import Filter, parse
from queries.find import find
from queries.limits import MAX_PAGE

NOW = 1_795_269_755_900_000_000
DAY = TimeRange(NOW - 86_400 * 10**9, NOW + 10**9)
TEXTS = (
    *("", "status:error", "-status:error", "duration:>=20ms", "duration:<1ms", "duration:>20ms status:error"),
    *("exception:Timeout", "exception:TimeoutError process:load*", "-exception:Timeout", "exception:*"),
    *("group:=orders", "group:=orders duration:<=5ms", "process:load* -group:=orders", "group:=nobody"),
    *("attr.http.request.method:=POST", "-attr.http.request.method:=POST", "has:attr.http.request.method"),
    *("status:error OR attr.http.request.method:=POST", "value:>500", "is:root", "group:=orders value:>500"),
)


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


def test_every_filter_matches_on_arrival_what_a_search_finds(tmp_path: Path) -> None:
    settings = Settings()
    store = Store.open(tmp_path, settings.store, settings.staleness, lambda: NOW)
    spans = list(islice(reference_spans(3_000, 5, NOW, days=1), 3_000))
    reader, matcher, filters = Reader.open(tmp_path), Matcher(), [parse(text) for text in TEXTS]
    store.write(spans[::2])
    batch = matcher.look(reader, None, filters, NOW).batch
    before = [found(reader, tree) for tree in filters]
    store.write(spans[1::2])
    seen = matcher.look(reader, batch, filters, NOW, with_body=[filters[0]])
    after = [found(reader, tree) for tree in filters]
    reader.close()
    store.close()
    for text, matches, old, new in zip(TEXTS, seen.matches, before, after, strict=True):
        assert {(segment, row[0]) for segment, row in matches} == new - old, text
    assert all(row[-1].startswith("{") for _, row in seen.matches[0])
    assert sum(map(bool, seen.matches)) == len(TEXTS) - 1  # every filter but the one for nobody is tested
