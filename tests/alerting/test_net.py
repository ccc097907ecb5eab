from __future__ import annotations

import pytest

from alerting.net import RefusedAddress, checked, is_private, post
from tests.support.ports import free_port
from tests.support.sinks import http_sink

BODY, HEADERS = b"{}", {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2002:c0a8:101::",
        "not an address",
        "",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert is_private(address)
    with pytest.raises(RefusedAddress, match="not a public address"):
        checked("hook.example", 443, False, lambda host, port: [address])


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700::1111", "2002:808:808::1"]
)
def test_public_addresses_pass(address: str) -> None:
    assert checked("hook.example", 443, False, lambda host, port: [address]) == address


def test_one_private_address_among_several_refuses_the_host() -> None:
    with pytest.raises(RefusedAddress):
        checked("rebinding.example", 443, False, lambda host, port: ["8.8.8.8", "127.0.0.1"])


def test_private_addresses_pass_when_they_are_allowed() -> None:
    assert checked("localhost", 80, True, lambda host, port: ["127.0.0.1"]) == "127.0.0.1"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1",
        "javascript:alert(1)",
        "",
        "example.com",
        "http://",
        "http://user:word@example.com/",
        "http://example.com:99999/",
        "http://[::1/",
        "https:///path",
    ],
)
def test_odd_addresses_are_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(RefusedAddress):
        post(url, BODY, HEADERS, lookup=lambda host, port: pytest.fail("asked"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "[::1]", "0.0.0.0", "2130706433", "0x7f.1", "127.1"]
)
def test_every_way_to_write_this_machine_is_refused(host: str) -> None:
    with pytest.raises(RefusedAddress):
        post(f"http://{host}:80/", BODY, HEADERS)


def test_a_host_without_an_address_is_refused() -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    with pytest.raises(RefusedAddress, match="no such host"):
        post("http://nowhere.example/", BODY, HEADERS, lookup=nowhere)
    with pytest.raises(RefusedAddress, match="has no address"):
        checked("nowhere.example", 80, False, lambda host, port: [])


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    with http_sink() as sink:
        url = f"http://hook.example:{sink.port}/a?b=c"
        answer = post(url, BODY, HEADERS, allow_private=True, lookup=lambda host, port: ["127.0.0.1"])
    assert answer.status == 200
    ((path, headers, body),) = sink.requests
    assert (path, headers["Host"], body) == ("/a?b=c", f"hook.example:{sink.port}", BODY)


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with http_sink() as sink:
        sink.answers = [(302, {"Location": "http://169.254.169.254/"}, b"")]
        answer = post(sink.url, BODY, HEADERS, allow_private=True)
    assert answer.status == 302
    assert len(sink.requests) == 1


def test_what_the_receiver_says_is_kept_within_bounds() -> None:
    with http_sink() as sink:
        sink.answers = [(503, {"Retry-After": "40"}, b"x" * 100_000)]
        answer = post(sink.url, BODY, HEADERS, allow_private=True)
        sink.answers = [(503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, b"")]
        dated = post(sink.url, BODY, HEADERS, allow_private=True)
    assert (answer.status, answer.retry_after, len(answer.text)) == (503, 40.0, 2000)
    assert dated.retry_after is None


def test_nobody_at_home_is_an_answer_too() -> None:
    answer = post(f"http://127.0.0.1:{free_port()}/", BODY, HEADERS, allow_private=True)
    assert answer.status == 0
    assert "refused" in answer.text


def test_a_certificate_that_is_not_the_hosts_is_an_answer() -> None:
    with http_sink() as sink:
        answer = post(f"https://127.0.0.1:{sink.port}/", BODY, HEADERS, allow_private=True)
    assert answer.status == 0
    assert "SSL" in answer.text
