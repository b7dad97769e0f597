"""What a proxy says is believed of trusted ones alone, and nothing of it goes further."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.responses import PlainTextResponse

import ui  # noqa: F401  # before gradio
from backend.settings.network import read_network
from ui.door.proxy import Proxied, said
from ui.present.place import at

FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Server": "evil",
    "X-Real-IP": "203.0.113.9",
    "X-Gradio-Server": "https://evil.example",
    "Forwarded": "for=203.0.113.9;proto=https;host=evil.example",
}


class Seen:
    """Takes a request as the app behind gets it."""

    scope: dict[str, Any]
    link: str

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope, self.link = scope, at("/images/x")
        await PlainTextResponse("")(scope, receive, send)

    @property
    def names(self) -> set[str]:
        return {name.decode() for name, _ in self.scope["headers"]}


def ask(
    headers: dict[str, str] | list[tuple[str, str]] | None = None,
    *,
    path: str = "/gallery",
    peer: str = "127.0.0.1",
    proxies: str = "127.0.0.1 10.0.0.0/8",
    root: str = "",
    query: bytes = b"",
) -> tuple[Seen, list[Any]]:
    seen, sent = Seen(), []
    pairs = headers.items() if isinstance(headers, dict) else headers or []
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "query_string": query,
        "client": (peer, 4321),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in pairs],
    }

    async def send(message: Any) -> None:
        sent.append(message)

    app = Proxied(seen, read_network("", proxies, root))
    asyncio.run(app(scope, None, send))  # type: ignore[arg-type]
    return seen, sent


def test_whoever_is_not_trusted_changes_nothing_and_nothing_of_it_goes_further() -> None:
    seen, _ = ask(FORGED, proxies="")
    assert seen.scope["client"] == ("127.0.0.1", 4321)
    assert (seen.scope["scheme"], seen.scope["root_path"]) == ("http", "")
    assert seen.names == set() and seen.link == "/images/x"
    assert said(seen.scope).hosts == () and said(seen.scope).distrusted == "127.0.0.1"
    assert ask(FORGED, peer="192.168.1.1")[0].scope["client"] == ("192.168.1.1", 4321)


def test_a_trusted_proxy_is_believed() -> None:
    seen, _ = ask(FORGED)
    assert seen.scope["client"] == ("203.0.113.9", 0)
    assert (seen.scope["scheme"], seen.scope["root_path"]) == ("https", "/evil")
    assert said(seen.scope).hosts == ("evil.example",), "for the Guard to look at"
    assert seen.names == set() and seen.link == "/evil/images/x"


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        (["203.0.113.9"], "203.0.113.9"),
        (["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        (["1.1.1.1", "203.0.113.9, 10.0.0.7"], "203.0.113.9"),
        (["10.0.0.7, 127.0.0.1"], "10.0.0.7"),
        (["203.0.113.9:5000"], "203.0.113.9"),
        (["[2001:db8::1]:5000"], "2001:db8::1"),
        (["2001:db8::1"], "2001:db8::1"),
        (["1.1.1.1, unknown"], "127.0.0.1"),
        (["1.1.1.1, _hidden, 10.0.0.7"], "10.0.0.7"),
        (["\xff" * 5_000], "127.0.0.1"),
        ([""], "127.0.0.1"),
    ],
)
def test_the_client_is_the_last_one_that_no_trusted_proxy_is(chain: list[str], client: str) -> None:
    seen, _ = ask([("X-Forwarded-For", line) for line in chain])
    assert seen.scope["client"][0] == client


@pytest.mark.parametrize("peer", ["::ffff:127.0.0.1", "10.2.3.4", "127.0.0.1"])
def test_a_proxy_is_known_by_address_and_network(peer: str) -> None:
    assert ask(FORGED, peer=peer)[0].scope["scheme"] == "https"


@pytest.mark.parametrize("proto", ["ftp", "HTTPS", "", "javascript", "https\x00"])
def test_of_a_scheme_that_there_is_not_nothing_is_taken(proto: str) -> None:
    assert ask({"X-Forwarded-Proto": proto})[0].scope["scheme"] == "http"


@pytest.mark.parametrize("prefix", ["//evil.example", "/a b", '/"', "/../x", "evil", "/", "", "/é"])
def test_of_a_prefix_that_is_no_path_nothing_is_taken(prefix: str) -> None:
    assert ask({"X-Forwarded-Prefix": prefix})[0].scope["root_path"] == ""


@pytest.mark.parametrize("path", ["/gallery", "/pg/gallery"])
def test_the_root_path_may_be_there_or_taken_away(path: str) -> None:
    for seen in (
        ask(path=path, root="/pg", proxies="")[0],
        ask({"X-Forwarded-Prefix": "/pg/"}, path=path)[0],
        ask({"X-Forwarded-Prefix": "/other"}, path=path, root="/pg")[0],
    ):
        assert (seen.scope["path"], seen.scope["root_path"]) == ("/gallery", "/pg")
        assert seen.link == "/pg/images/x"


def test_a_longer_name_is_not_the_root_path() -> None:
    assert ask(path="/pgs/x", root="/pg")[0].scope["path"] == "/pgs/x"


def test_the_root_path_without_its_slash_leads_to_the_page() -> None:
    _, sent = ask(path="/pg", root="/pg", query=b"recipe=x")
    assert sent[0]["status"] == 307
    assert dict(sent[0]["headers"])[b"location"] == b"/pg/?recipe=x"


def test_one_request_leaves_nothing_to_the_next() -> None:
    ask({"X-Forwarded-Prefix": "/pg"})
    assert at("/x") == "/x"
