"""Which HTTP requests a service takes at all."""

import pytest
from isc.py.ens.adapters.http_guard import is_named, is_of_another_page, is_token


@pytest.mark.parametrize("host", ["localhost", "localhost:80", "127.0.0.1:8080", "[::1]:8080", "192.168.1.5", ""])
@pytest.mark.parametrize("names", ["", "ehr.example.org"])
def test_addresses_and_this_machine_are_nobodys_name(host: str, names: str) -> None:
    assert is_named(host, names, is_loopback=True)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil", "x@"]
)
def test_a_foreign_name_is_refused_on_loopback_and_where_names_are_listed(host: str) -> None:
    assert not is_named(host, "", is_loopback=True)
    assert not is_named(host, "ehr.example.org, b.example", is_loopback=False)


def test_a_listed_name_passes_and_any_does_where_none_can_be_known() -> None:
    assert is_named("EHR.example.org:443", "b.example, ehr.example.org", is_loopback=True)
    assert is_named("anything.example", "", is_loopback=False)


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({}, False),
        ({"host": "a:1", "origin": "http://a:1"}, False),
        ({"host": "a:1", "origin": "http://b"}, True),
        ({"host": "a:1", "origin": "null"}, True),
        ({"host": "a:1", "sec-fetch-site": "cross-site"}, True),
        ({"host": "a:1", "sec-fetch-site": "same-site"}, True),
        ({"host": "a:1", "sec-fetch-site": "same-origin"}, False),
        ({"host": "a:1", "sec-fetch-site": "none"}, False),
    ],
)
def test_a_browser_says_whose_page_asks(headers: dict[str, str], foreign: bool) -> None:
    assert is_of_another_page(headers) is foreign


def test_the_token() -> None:
    assert is_token("Bearer abc", "abc")
    for wrong in ("", "Bearer ", "Bearer abcd", "Basic abc", "Bearer \N{LATIN SMALL LETTER E WITH ACUTE}"):
        assert not is_token(wrong, "abc")
