"""Numbers, times and values as people read them: a space before the unit, commas, one precision per place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from dashboard import zone

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NONE = "–"  # noqa: RUF001 - an en dash stands for "no number"
MS = 10**6
SECOND = 10**9
_STEPS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def count(number: int | float) -> str:
    """12,345."""
    return f"{number:,.0f}"


def short_count(number: int | float) -> str:
    """A count in at most five characters: 980, 12.4 k, 3.1 M."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(number) >= limit:
            return f"{_three(number / (1e3 if unit == 'k' else limit))} {unit}"
    return count(number)


def rate(per_second: float) -> str:
    """Things per second, three digits, two of a small number, never as a power: 46.2, 0.000012."""
    if per_second == 0:
        return "0"
    return f"{Decimal(f'{per_second:.2g}'):f}" if per_second < 0.1 else _three(per_second)


def percent(share: float | None, digits: int = 2) -> str:
    """A share as a percentage without its sign: 2.31."""
    return NONE if share is None else f"{share * 100:.{digits}f}"


def milliseconds(duration_ns: int | float | None) -> str:
    """Milliseconds for a column whose head says "ms": 184, 12.3, 0.41, 1,240."""
    if duration_ns is None:
        return NONE
    value = duration_ns / MS
    return count(value) if value >= 100 else _three(value)


def duration(duration_ns: int | float | None) -> str:
    """A duration with its unit: 812 ns, 1.9 µs, 184 ms, 3.28 s, 2 min 5 s."""
    if duration_ns is None:
        return NONE
    for size, unit in ((1, "ns"), (1000, "µs"), (MS, "ms"), (SECOND, "s")):
        scaled = duration_ns / size
        if scaled < (60 if unit == "s" else 999.5):
            return f"{scaled:.0f} ns" if unit == "ns" else f"{_three(scaled)} {unit}"
    return span_of(duration_ns / SECOND)


def span_of(seconds: float) -> str:
    """A stretch of time in its two largest units: 4 s, 1 min 12 s, 3 h 5 min, 2 d 4 h."""
    left = max(0, int(seconds))
    parts: list[str] = []
    for size, unit in _STEPS:
        if left >= size or (unit == "s" and not parts):
            parts.append(f"{left // size} {unit}")
            left %= size
        elif parts:
            break
    return " ".join(part for part in parts[:2] if not (part.startswith("0 ") and len(parts) > 1))


def age(seconds: float) -> str:
    """How long ago, in its largest unit: 4 s, 12 min, 3 h, 2 d."""
    left = max(0, int(seconds))
    for size, unit in _STEPS:
        if left >= size:
            return f"{left // size} {unit}"
    return "0 s"


def bytes_(number: int | float) -> str:
    """412 B, 3.4 kB, 2.41 GB (decimal)."""
    for size, unit in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (1000, "kB")):
        if abs(number) >= size:
            return f"{_three(number / size)} {unit}"
    return f"{number:.0f} B"


def signed(number: float, digits: int = 0) -> str:
    """With its sign, a real minus: +4, −3, 0."""  # noqa: RUF002
    text = f"{abs(number):,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        return text
    return ("+" if number > 0 else "−") + text  # noqa: RUF001


def moment(time_ns: int) -> datetime:
    """The time as an aware datetime in the reader's zone, to the microsecond."""
    return (_EPOCH + timedelta(microseconds=time_ns // 1000)).astimezone(zone.current())


def zone_word(time_ns: int) -> str:
    """What a time is followed by where its zone is said: UTC, CET, +0530."""
    return moment(time_ns).tzname() or ""


def clock(time_ns: int) -> str:
    """14:02."""
    return f"{moment(time_ns):%H:%M}"


def clock_seconds(time_ns: int) -> str:
    """14:02:35."""
    return f"{moment(time_ns):%H:%M:%S}"


def clock_ms(time_ns: int) -> str:
    """14:02:35.900."""
    return f"{moment(time_ns):%H:%M:%S}.{time_ns // MS % 1000:03d}"


def day_clock(time_ns: int) -> str:
    """21 Nov 14:02."""
    at = moment(time_ns)
    return f"{at.day} {at:%b %H:%M}"


def day_clock_zone(time_ns: int) -> str:
    """21 Nov 14:02 UTC."""
    return f"{day_clock(time_ns)} {zone_word(time_ns)}"


def full_time(time_ns: int) -> str:
    """2026-11-21 14:02:35.900123456 UTC, every digit there is."""
    return f"{moment(time_ns):%Y-%m-%d %H:%M:%S}.{time_ns % SECOND:09d} {zone_word(time_ns)}"


def window(start_ns: int, end_ns: int) -> str:
    """13:02 – 14:02, with days when it spans more than one."""  # noqa: RUF002
    same_day = moment(start_ns).date() == moment(max(start_ns, end_ns - 1)).date()
    show = clock if same_day else day_clock
    return f"{show(start_ns)} {NONE} {show(end_ns)}"


def value(seen: str | int | float | None, type_name: str = "") -> str:
    """A captured value exactly as seen; text in quotes, as Python shows it."""
    if seen is None or type_name == "NoneType":
        return "None"
    if isinstance(seen, str) and type_name in ("str", ""):
        return repr(seen)
    return str(seen)


def shortened(text: str, limit: int) -> str:
    """The first line, at most so many characters, an ellipsis when something is missing."""
    line = text.strip().split("\n", 1)[0]
    return line if len(line) <= limit and line == text.strip() else line[: limit - 1].rstrip() + "…"


def _three(number: float) -> str:
    """Three significant digits, never exponent notation: 412, 46.2, 3.28, 0.41."""
    size = abs(number)
    if size >= 99.95:
        return f"{number:,.0f}"
    if size >= 9.995:
        return f"{number:.1f}"
    return f"{number:.2f}"
