"""Masks secrets: by the name of a value, and by what a text looks like. Linear in the text's length."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Any

MASK = "•••• masked"
KNOWN_NAMES = 4096  # answers remembered per Redactor

# Parts of a name that make it secret, wherever they stand in it.
_PARTS = (
    "password", "passwd", "passphrase", "secret", "apikey", "privatekey", "secretkey", "accesskey",
    "credential", "authorization", "cookie", "accesstoken", "authtoken", "refreshtoken", "sessionid",
    "sessid", "bearer", "cardnumber",
)  # fmt: skip
# Whole words of a name that make it secret.
_WORDS = frozenset(
    {"pwd", "token", "session", "cvv", "cvv2", "cvc", "csc", "ssn", "jwt", "otp", "cred", "creds"}
)  # fmt: skip
_KEY_KINDS = frozenset(
    {"api", "private", "secret", "access", "encryption", "signing", "ssh", "master", "auth", "account",
     "storage"}
)  # fmt: skip
_TOKEN_KINDS = frozenset({"access", "auth", "api", "refresh", "bearer", "id", "csrf", "xsrf"})
# A measure of a secret is not one: token_count, password_length, session_timeout.
_MEASURES = frozenset(
    {"age", "count", "counts", "duration", "expiry", "len", "length", "limit", "size", "timeout", "ttl",
     "type"}
)  # fmt: skip
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

# Texts of which one must occur (a cheap look first), the pattern, what to put in its place.
Rule = tuple[tuple[str, ...], "re.Pattern[str]", str]


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name[:200])]


def _is_secret(name: str, extra: frozenset[str]) -> bool:
    words = _words(name)
    if not words:
        return False
    joined = "".join(words)
    if any(key in joined for key in extra):
        return True
    if words[-1] in _MEASURES:
        return False
    if words[-1] == "auth" or not _WORDS.isdisjoint(words) or any(part in joined for part in _PARTS):
        return True
    if words[-1].endswith("token"):
        return True
    return any(
        (second in ("key", "keys") and first in _KEY_KINDS) or (second == "tokens" and first in _TOKEN_KINDS)
        for first, second in pairwise(words)
    )


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (1 + place % 2)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def is_card(digits: str) -> bool:
    """Whether the digits are a payment card's number: issuer, length and check digit."""
    if not 13 <= len(digits) <= 19:
        return False
    two, three, four = int(digits[:2]), int(digits[:3]), int(digits[:4])
    by_length = {
        13: digits[0] == "4",
        14: two in (36, 38, 39) or 300 <= three <= 305,
        15: two in (34, 37),
        16: digits[0] == "4"
        or 51 <= two <= 55
        or 2221 <= four <= 2720
        or four == 6011
        or two in (62, 65)
        or 644 <= three <= 649
        or 3528 <= four <= 3589,
        19: digits[0] == "4" or two in (62, 65),
    }
    return by_length.get(len(digits), False) and _luhn(digits)


def _mask_card(match: re.Match[str]) -> str:
    text = match.group()
    return MASK if is_card(re.sub(r"[ -]", "", text)) else text


# Every repeat is bounded or starts only where a run starts, so that no text costs more than linear time.
_KEYS = (
    r"(?:AKIA|ASIA)[A-Z0-9]{16}"  # AWS
    r"|gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255}|glpat-[\w-]{20,64}"  # GitHub, GitLab
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,250}|xapp-[A-Za-z0-9-]{10,250}"  # Slack
    r"|[rsp]k_(?:live|test)_[A-Za-z0-9]{10,250}|whsec_[A-Za-z0-9]{10,250}"  # Stripe
    r"|sk-[A-Za-z0-9_-]{20,250}|AIza[\w-]{35}|ya29\.[\w-]{20,250}"  # OpenAI and Anthropic, Google
    r"|npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,250}|hf_[A-Za-z0-9]{30,60}|SG\.[\w-]{16,64}\.[\w-]{16,64}"
)
# A private key up to its end line or, when the text was cut, to the end of the text.
_PEM = r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[^-]*(?:-----END [A-Z0-9 ]{0,50}-----)?"
_KEY_NEEDLES = (
    "AKIA", "ASIA", *(f"gh{kind}_" for kind in "pousr"), "hub_pat_", "glpat-",
    *(f"xox{kind}-" for kind in "abeoprs"), "xapp-", "k_live_", "k_test_", "whsec_", "sk-", "AIza", "ya29.",
    "npm_", "pypi-", "hf_", "SG.",
)  # fmt: skip
_CERTAIN: tuple[Rule, ...] = (
    (("-----BEGIN",), re.compile(_PEM), MASK),
    (("eyJ",), re.compile(r"(?<![\w-])eyJ[\w-]{5,8192}\.[\w-]{2,8192}(?:\.[\w-]{0,8192})?"), MASK),
    (_KEY_NEEDLES, re.compile(rf"(?<![A-Za-z0-9_])(?:{_KEYS})(?![A-Za-z0-9])"), MASK),
    (("://",), re.compile(r"(://)[^\s/@:?#]{0,256}:(?!•)[^\s/@]{1,512}@"), rf"\1{MASK}@"),
)
_STRONG = (
    r"(?:pass(?:word|wd|phrase)|pwd|secret|api[_-]?key|private[_-]?key|access[_-]?key|credentials?"
    r"|sess(?:ion)?[_-]?id)"
)
_IS = r"\s{0,4}[:=]\s{0,4}"
_UNMASKED = r"""(?![\s"']{0,6}(?:basic|bearer|digest|token)?\s{0,4}•)"""
_VALUE = r"""(?:"[^"\n]{0,4096}"?|'[^'\n]{0,4096}'?|[^\s,;&"'})\]]{1,4096})"""
_HEADER = rf"""(?i)(authorization["']?{_IS}["']?{_UNMASKED}(?:basic|bearer|digest|token)?\s{{0,4}})"""
_LIKELY: tuple[Rule, ...] = (
    (("uthorization", "UTHORIZATION"), re.compile(_HEADER + r"[^\s,;\"'}]{1,4096}"), rf"\1{MASK}"),
    (("earer ", "EARER "), re.compile(r"(?i)\b(bearer )(?!•)[\w.~+/=-]{8,4096}"), rf"\1{MASK}"),
    (
        ("ookie", "OOKIE"),
        re.compile(rf"""(?i)(cookie["']?{_IS}){_UNMASKED}[^\r\n}}]{{1,4096}}"""),
        rf"\1{MASK}",
    ),
    (("@",), re.compile(r"(?<![\w.%+-])[\w.%+-]+@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b"), MASK),
)
_NAMED_NEEDLES = ("pass", "pwd", "secret", "key", "credential", "sess", "token", "cvv", "cvc")
_NAMED = re.compile(rf"""(?i)({_STRONG}[\w-]{{0,20}}["']?{_IS}){_UNMASKED}{_VALUE}""")
# "Unexpected token: x" is prose; a token counts with "=" or between quotes.
_TOKEN = re.compile(rf"""(?i)((?:token|cvv2?|cvc)(?:["']{_IS}|["']?=)){_UNMASKED}{_VALUE}""")
_LITERAL = re.compile(rf"""(?i)((?:{_STRONG}|token)["']?\]?{_IS}[rbf]?)(["'])(?!•)[^"'\n]{{1,4096}}\2""")
_DIGITS = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")


def _any_of(needles: Iterable[str]) -> list[str]:
    """Branches of a pattern that find any of these texts.

    Each begins with one character that is rare in prose, the rest is looked at around it: where all branches
    begin with a character, `re` runs to the next of them without trying any. 60 letters take 0.7 µs, the
    texts one after the other 3 µs.
    """
    around: dict[str, list[str]] = {}
    for needle in needles:
        at = next((place for place, one in enumerate(needle) if not one.islower()), 0)
        before, after = re.escape(needle[: at + 1]), re.escape(needle[at + 1 :])
        around.setdefault(needle[at], []).append(f"(?<={before}){after}")
    return [f"{re.escape(mark)}(?:{'|'.join(rest)})" for mark, rest in around.items()]


# What a text without a secret seldom has. Of the rules above, that of "://" needs an "@", and a card's number
# begins with 2 to 6, where no word does.
_ALONE = ("-----BEGIN", "eyJ", "@", *_KEY_NEEDLES)
_CARDS = [rf"{first}(?<![\w.-].)(?:[ -]?\d){{12}}" for first in "23456"]
_SUSPECT = re.compile("|".join(_any_of(_ALONE) + _CARDS))
# These are masked only before "=" or ":".
_BEFORE_IS = (*_NAMED_NEEDLES, "uthorization", "ookie")
_SHORTEST = 6  # a@b.co


class Redactor:
    """Masks what must not be seen. `keys` and `patterns` add to what is known here."""

    def __init__(self, keys: Iterable[str] = (), patterns: Iterable[str] = (), enabled: bool = True) -> None:
        self.enabled = enabled
        extra = frozenset(joined for joined in ("".join(_words(key)) for key in keys) if joined)
        self._extra_patterns = tuple(_compiled(pattern) for pattern in patterns)
        self._known = lru_cache(KNOWN_NAMES)(lambda name: _is_secret(name, extra))

    def name_is_secret(self, name: str) -> bool:
        """Whether a value of this name must not be shown, whatever it is."""
        return self.enabled and self._known(name)

    def text(self, text: str) -> str:
        """The text without the secrets in it; the same object when there are none."""
        if not self.enabled or (len(text) < _SHORTEST and not self._extra_patterns):
            return text
        if _may_hold_secret(text):
            text = _masked(text)
        for pattern in self._extra_patterns:
            text = pattern.sub(MASK, text)
        return text

    def code(self, source: str) -> str:
        """Source code without the keys written into it; names and expressions stay as they are."""
        if not self.enabled:
            return source
        return _LITERAL.sub(rf"\1\2{MASK}\2", _replace(source, _CERTAIN))

    def value(self, name: str, value: Any) -> Any:
        """An attribute's value, masked by its name and by what it looks like."""
        if not self.enabled or value is None or isinstance(value, bool):
            return value
        if self._known(name):
            return MASK
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, int):
            return MASK if is_card(str(abs(value))) else value
        if isinstance(value, dict):
            return {key: self.value(str(key), item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value("", item) for item in value]
        if isinstance(value, bytes):
            text = value.decode("latin-1")
            masked = self.text(text)
            return value if masked == text else masked
        return value


def _may_hold_secret(text: str) -> bool:
    """False when no rule can match: nearly always, in a third of the time that asking each rule takes."""
    if _SUSPECT.search(text) or "earer " in text or "EARER " in text:
        return True
    if ("=" in text or ":" in text) and _has_any(text.lower(), _BEFORE_IS):
        return True
    return not text.isascii() and _DIGITS.search(text) is not None  # digits of other scripts


def _masked(text: str) -> str:
    """The text after all rules, in their order."""
    text = _replace(_replace(text, _CERTAIN), _LIKELY)
    if ("=" in text or ":" in text) and _has_any(text.lower(), _NAMED_NEEDLES):
        text = _TOKEN.sub(rf"\1{MASK}", _NAMED.sub(rf"\1{MASK}", text))
    return _DIGITS.sub(_mask_card, text) if len(text) > 12 else text


def _has_any(text: str, needles: tuple[str, ...]) -> bool:
    return any(needle in text for needle in needles)


def _replace(text: str, rules: tuple[Rule, ...]) -> str:
    for needles, pattern, replacement in rules:
        if _has_any(text, needles):
            text = pattern.sub(replacement, text)
    return text


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ValueError(f"redaction pattern {pattern!r}: {error}") from error
