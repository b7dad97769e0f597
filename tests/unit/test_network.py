"""How the program is reached: what the settings may say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import SettingsError
from backend.settings.network import clean_prefix, read_network


@pytest.mark.parametrize(
    ("given_as", "name"),
    [
        ("studio.example.com", "studio.example.com"),
        ("Studio.FRITZ.box", "studio.fritz.box"),
        ("desk.tail1234.ts.net.", "desk.tail1234.ts.net"),
        ("my_host", "my_host"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("192.168.1.5", "192.168.1.5"),
        ("[FE80::1]", "fe80::1"),
        ("2001:DB8::0001", "2001:db8::1"),
    ],
)
def test_a_name_is_kept_as_browsers_send_it(given_as: str, name: str) -> None:
    assert read_network(given_as, "", "").hosts == {name}


def test_lists_have_commas_or_blanks() -> None:
    network = read_network("a.example, b.example c.example,,", "127.0.0.1 10.0.0.0/8,::1", " ")
    assert network.hosts == {"a.example", "b.example", "c.example"}
    assert [str(one) for one in network.proxies] == ["127.0.0.1/32", "10.0.0.0/8", "::1/128"]
    assert network.root_path is None


@pytest.mark.parametrize(
    "name", ["http://a.example", "a.example:80", "a/b", "*", "*.example", "a..b", ".a", "ü" * 300]
)
def test_what_is_no_name_is_refused_by_its_option(name: str) -> None:
    with pytest.raises(SettingsError, match="--allow-host"):
        read_network(name, "", "")


@pytest.mark.parametrize("address", ["*", "proxy.example", "127.0.0.1:80", "300.1.1.1", "1.2.3.4/"])
def test_what_is_no_proxys_address_is_refused_by_its_option(address: str) -> None:
    with pytest.raises(SettingsError, match="--trust-proxy"):
        read_network("", address, "")


@pytest.mark.parametrize(
    ("given_as", "path"), [("/pg", "/pg"), ("/pg/", "/pg"), ("/a/b-c/~d", "/a/b-c/~d"), ("/", "")]
)
def test_a_root_path_has_no_slash_at_its_end(given_as: str, path: str) -> None:
    assert read_network("", "", given_as).root_path == path


@pytest.mark.parametrize(
    "path",
    [
        "pg",
        "//evil.example",
        "/a//b",
        "/a b",
        "/../x",
        "/./x",
        "https://x.example/pg",
        "/a?b",
        "/a#b",
        '/"x',
        "/é",
        "/gallery",
        "/api/v1",
        "/page",
    ],
)
def test_what_no_page_can_stand_below_is_refused_by_its_option(path: str) -> None:
    with pytest.raises(SettingsError, match="--root-path"):
        read_network("", "", path)


@given(st.text(max_size=30))
def test_a_prefix_holds_nothing_but_plain_steps(text: str) -> None:
    found = clean_prefix(text)
    if found:
        assert found.startswith("/") and not found.startswith("//") and not found.endswith("/")
        assert not set(found) & set("\"'<>\\?#% \n;:@")


def test_only_what_is_reached_from_elsewhere_says_so() -> None:
    assert not read_network("", "", "").from_elsewhere
    assert not read_network("localhost", "", "/pg").from_elsewhere
    assert read_network("a.example", "", "").from_elsewhere
    assert read_network("", "127.0.0.1", "").from_elsewhere
