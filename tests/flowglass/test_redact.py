"""What is masked, what is not, and that no text takes long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowglass import redact
from flowglass.redact import MASK, Redactor, is_card

REDACTOR = Redactor()
JWT = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    + "eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
)
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow+IBAAKC/AQ==\n-----END RSA PRIVATE KEY-----"

# A text, and what of it must not be seen.
SECRETS = [
    (f"got {JWT} back", JWT),
    ("Authorization: Bearer abcdef123456", "abcdef123456"),
    ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    ('{"authorization": "token 0123456789abcdef"}', "0123456789abcdef"),
    ("key AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"),
    ("ghp_" + "a1" * 18, "ghp_" + "a1" * 18),
    ("github_pat_" + "b2" * 20, "github_pat_" + "b2" * 20),
    ("xoxb-123456789012-abcdefABCDEF", "xoxb-123456789012-abcdefABCDEF"),
    ("sk_live_" + "4eC39HqLyjWDarjtT1", "4eC39HqLyjWDarjtT1"),
    ("sk-proj-" + "Ab3" * 12, "Ab3" * 12),
    ("AIza" + "x" * 35, "AIza" + "x" * 35),
    ("mail ada.lovelace+x@example.co.uk now", "ada.lovelace+x@example.co.uk"),
    ("card 4111 1111 1111 1111 ok", "4111 1111 1111 1111"),
    ("card=5500-0000-0000-0004", "5500-0000-0000-0004"),
    ("378282246310005", "378282246310005"),
    (PEM, "MIIEow"),
    (PEM[:60], "MIIEow"),
    ("postgres://ada:hunter2@db/x", "hunter2"),
    ("https://ada:p:w@host/", "p:w"),
    ("password=hunter2", "hunter2"),
    ("{'user': 'ada', 'password': 'hunter two'}", "hunter two"),
    ("Login(password='hunter2', user='ada')", "hunter2"),
    ("?a=1&api_key=deadbeef&b=2", "deadbeef"),
    ("client_secret: s3cr3t", "s3cr3t"),
    ("?access_token=abc123", "abc123"),
    ("Cookie: sid=abc; theme=dark", "sid=abc"),
    ("Set-Cookie: sid=abc", "abc"),
]
# One of every kind that is known without a name beside it.
ALONE = [
    "AKIA" + "B2" * 8, "ASIA" + "B2" * 8, *(f"gh{kind}_{'a1' * 18}" for kind in "pousr"),
    "github_pat_" + "b2" * 20, "glpat-" + "a" * 20, *(f"xox{kind}-0123456789" for kind in "abeoprs"),
    "xapp-0123456789", *(f"{kind}k_{use}_0123456789" for kind in "rsp" for use in ("live", "test")),
    "whsec_0123456789", "sk-" + "a" * 20, "AIza" + "a" * 35, "ya29." + "a" * 20, "npm_" + "a1" * 18,
    "pypi-" + "a" * 50, "hf_" + "a" * 30, "SG." + "a" * 16 + "." + "b" * 16, JWT, PEM[:40], "a@b.co",
    "Bearer abcdef12", "BEARER ABCDEF12", "4111111111111111", "3530111333300000", "2223003122003222",
    "6011111111111117", "\u0665500-0000-0000-0004",
]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "password", "user_password", "userPassword", "PASSWD", "pwd", "db.pwd", "secret", "client_secret",
        "token", "access_token", "csrftoken", "X-Auth-Token", "access_tokens", "api_key", "apiKey", "API-KEY",
        "apikey", "authorization", "http.request.header.authorization", "cookie", "Set-Cookie", "session",
        "session_id", "JSESSIONID", "PHPSESSID", "credential", "credentials", "private_key", "privateKey",
        "aws_access_key", "cvv", "card_cvc", "ssn", "jwt", "passphrase", "auth", "card_number",
    ],
)  # fmt: skip
def test_a_secret_name_is_known_in_every_spelling(name: str) -> None:
    assert REDACTOR.name_is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "", "name", "author", "authored_by", "key", "keys", "primary_key", "monkey", "compass", "passenger",
        "tokens", "input_tokens", "gen_ai.usage.output_tokens", "token_count", "password_length",
        "session_timeout", "amount", "http.route", "tokenizer", "obsession", "x",
    ],
)  # fmt: skip
def test_a_name_that_only_resembles_one_is_left_alone(name: str) -> None:
    assert not REDACTOR.name_is_secret(name)


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_what_looks_like_a_secret_is_masked_and_masking_again_changes_nothing(text: str, secret: str) -> None:
    masked = REDACTOR.text(text)
    assert secret not in masked
    assert MASK in masked
    assert REDACTOR.text(masked) == masked


@pytest.mark.parametrize("secret", ALONE)
def test_every_kind_of_secret_is_masked_alone_and_among_words(secret: str) -> None:
    assert secret not in REDACTOR.text(secret)
    assert secret not in REDACTOR.text(f"was {secret} then")


@pytest.mark.parametrize(
    "text",
    [
        "", "short", "order 17 of 20", "1753100000123456789", "0.3456789012345678", "4111111111111112",
        "550e8400-e29b-41d4-a716-446655440000", "https://example.com/a?b=c", "unexpected token: x",
        "a @ b", "@decorator", "user@host", "SELECT * FROM t WHERE a = 'b'", "compass: north",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "sk-short",
        "2025-11-21 10:36:00.123456",
    ],
)  # fmt: skip
def test_ordinary_text_is_returned_as_it_is(text: str) -> None:
    assert REDACTOR.text(text) is text


def test_what_surrounds_a_secret_stays() -> None:
    assert REDACTOR.text("?a=1&api_key=dead&b=2") == f"?a=1&api_key={MASK}&b=2"
    assert REDACTOR.text("postgres://ada:x@db/y") == f"postgres://{MASK}@db/y"


def test_values_are_masked_by_name_and_by_look_at_every_depth() -> None:
    value = {"user": {"password": "x", "mails": ["a@example.com", 3]}, "n": 1}
    assert REDACTOR.value("request", value) == {"user": {"password": MASK, "mails": [MASK, 3]}, "n": 1}
    assert REDACTOR.value("cvv", 123) == MASK
    assert REDACTOR.value("n", 4111111111111111) == MASK
    assert REDACTOR.value("raw", b"password=abc") == f"password={MASK}"


def test_values_that_say_nothing_stay() -> None:
    assert REDACTOR.value("password", None) is None
    assert REDACTOR.value("has_password", True) is True
    assert REDACTOR.value("ratio", 0.5) == 0.5
    assert REDACTOR.value("raw", b"\xff\x00") == b"\xff\x00"


def test_source_code_keeps_its_names_and_loses_its_literals() -> None:
    source = 'password = os.environ["PASSWORD"]\nAPI_KEY = "abc123"\nconnect(token=token, user="a@b.co")\n'
    assert REDACTOR.code(source) == source.replace("abc123", MASK)
    assert "AKIA" not in REDACTOR.code("k = 'AKIAIOSFODNN7EXAMPLE'")


def test_extra_keys_and_patterns_add_to_the_known_ones() -> None:
    redactor = Redactor(keys=["customer-no"], patterns=[r"ID-\d{4}"])
    assert redactor.name_is_secret("customerNo")
    assert redactor.name_is_secret("password")
    assert redactor.text("ID-1234 x") == f"{MASK} x"


def test_a_wrong_pattern_is_named() -> None:
    with pytest.raises(ValueError, match="redaction pattern"):
        Redactor(patterns=["("])


def test_switched_off_it_changes_nothing() -> None:
    redactor = Redactor(enabled=False)
    assert redactor.value("password", JWT) is JWT
    assert redactor.text(JWT) is JWT
    assert redactor.code(JWT) is JWT
    assert not redactor.name_is_secret("password")


def test_a_card_needs_issuer_length_and_check_digit() -> None:
    assert is_card("6011111111111117")
    assert is_card("30569309025904")
    assert not is_card("1234567812345670")
    assert not is_card("4111")


@given(st.text(max_size=300))
def test_masking_twice_is_masking_once(text: str) -> None:
    once = REDACTOR.text(text)
    assert REDACTOR.text(once) == once


def by_every_rule(text: str) -> str:
    """What a text becomes when every rule is asked in its turn, whether or not it can match."""
    for _, pattern, replacement in redact._CERTAIN:
        text = pattern.sub(replacement, text)
    for needles, pattern, replacement in redact._LIKELY:
        if any(needle in text for needle in needles):
            text = pattern.sub(replacement, text)
    if any(needle in text.lower() for needle in redact._NAMED_NEEDLES):
        text = redact._TOKEN.sub(rf"\1{MASK}", redact._NAMED.sub(rf"\1{MASK}", text))
    return redact._DIGITS.sub(redact._mask_card, text)


# Secrets and what resembles one, whole, halved and in other letters, beside each other and beside anything.
NEAR_SECRETS = st.one_of(
    st.sampled_from([*ALONE, *(text for text, _ in SECRETS)]),
    st.from_regex(redact._KEYS, fullmatch=True),
    st.from_regex("[2-6\uff12-\uff16\u0663-\u0666]([ -]?\\d){11,18}", fullmatch=True),
    st.sampled_from([*redact._ALONE, *redact._BEFORE_IS, "Bearer ", "://", "pa\u017fs", "ToKen"]),
    st.sampled_from(["=", ":", ": ", "'", '"', " ", "-", "_", ".", "\n", "x", "\u0130", "1"]),
    st.text(max_size=6),
)
HALVED = st.builds(lambda text, at: text[at % (len(text) + 1) :], NEAR_SECRETS, st.integers(0, 40))
ALTERED = st.one_of(NEAR_SECRETS, HALVED, NEAR_SECRETS.map(str.upper), NEAR_SECRETS.map(str.swapcase))


@settings(max_examples=200)
@given(st.lists(ALTERED, max_size=4).map("".join))
def test_the_look_before_the_rules_lets_no_secret_through(text: str) -> None:
    assert REDACTOR.text(text) == by_every_rule(text)


def test_no_card_begins_with_a_digit_that_the_look_passes_over() -> None:
    beginnings = [f"{first:04}" for first in range(10_000) if f"{first:04}"[0] not in "23456"]
    for length in (13, 14, 15, 16, 19):
        fill = "0" * (length - 5)
        assert not any(is_card(f"{four}{fill}{check}") for four in beginnings for check in range(10))


def spent(text: str) -> float:
    """Thread seconds for masking a text: the best of three."""
    best = float("inf")
    for _ in range(3):
        before = time.thread_time()
        REDACTOR.text(text)
        best = min(best, time.thread_time() - before)
    return best


@pytest.mark.parametrize(
    "unit",
    [
        "a", "1", "1 ", "a@", "a.", "eyJ", "eyJa.", "://", "://a:", "-----BEGIN ",
        "-----BEGIN PRIVATE KEY-----",
        "password=", 'password="', "cookie:", "bearer a", "sk-", "ghp_a", "authorization: ", "@a-a.", "key ",
        "= ", "password ", "key=key", "token=a ",
    ],
)  # fmt: skip
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    short, long = (unit * (size // len(unit)) for size in (20_000, 160_000))
    # 8 times the text: linear is 8, quadratic 64.
    assert spent(long) < 24 * max(spent(short), 0.002)
