"""What a proxy in front says about a request: believed from those that are trusted, from none else.

Nothing behind this sees a header of that kind, whoever sent it: Gradio believes some of them.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.settings.network import Network, Proxies, clean_prefix
from ui.present.place import below

SAID = "playground.said"
"""The name in a request's scope of what `Proxied` leaves for the Guard."""

_FORWARDED = re.compile(rb"forwarded|x-forwarded-.*|x-real-ip|x-gradio-.*|x-direct-url")


@dataclass(frozen=True, slots=True)
class Said:
    """What a proxy said. `hosts`: the names it was asked by, of a trusted proxy only.

    `distrusted` is the address of one that speaks HTTPS to browsers and is not trusted.
    """

    hosts: tuple[str, ...] = ()
    distrusted: str = ""


def said(scope: Scope) -> Said:
    """Return what a proxy said about this request."""
    found = scope.get(SAID)
    return found if isinstance(found, Said) else Said()


class Proxied:
    """ASGI middleware before all others: scheme, client and paths as the browser has them.

    A path may come with the root path or without it: some proxies take it away.
    """

    def __init__(self, app: ASGIApp, network: Network) -> None:
        self.app, self.network = app, network

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope = dict(scope)
        root = self._read(scope)
        path, query = scope["path"], scope["query_string"].decode("latin-1")
        if root and path == root:
            answer = RedirectResponse(f"{root}/{f'?{query}' if query else ''}", 307)
            await answer(scope, receive, send)
            return
        if root and path.startswith(f"{root}/"):
            scope["path"] = path[len(root) :]
        scope["root_path"] = root
        with below(root):
            await self.app(scope, receive, send)

    def _read(self, scope: Scope) -> str:
        """Take what is said out of the headers and into the scope; return the root path."""
        headers = Headers(scope=scope)
        peer = scope["client"][0] if scope.get("client") else ""
        prefix: str | None = ""
        if _is_among(self.network.proxies, peer):
            scope[SAID] = Said(tuple(_listed(headers, "x-forwarded-host")))
            if (protos := _listed(headers, "x-forwarded-proto")) and protos[0] in _SCHEMES:
                scope["scheme"] = protos[0]
            if chain := _listed(headers, "x-forwarded-for"):
                scope["client"] = (self._client(peer, chain), 0)
            prefixes = _listed(headers, "x-forwarded-prefix")
            prefix = clean_prefix(prefixes[0]) if prefixes else ""
        elif _over_https(headers):
            scope[SAID] = Said(distrusted=peer)
        scope["headers"] = [pair for pair in scope["headers"] if not _FORWARDED.fullmatch(pair[0])]
        fixed = self.network.root_path
        return (prefix or "") if fixed is None else fixed

    def _client(self, peer: str, chain: list[str]) -> str:
        """Return the last address in the chain of proxies that is none of the trusted ones."""
        for text in reversed(chain):
            address = _address(text)
            if address is None:
                break  # whoever added it did not know: what stands before may be invented
            peer = address
            if not _is_among(self.network.proxies, address):
                break
        return peer


_SCHEMES = ("http", "https")


def _listed(headers: Headers, name: str) -> list[str]:
    texts = ",".join(headers.getlist(name)).split(",")
    return [text.strip() for text in texts if text.strip()]


def _over_https(headers: Headers) -> bool:
    told = ",".join(headers.getlist("forwarded")).lower().replace('"', "")
    return "https" in _listed(headers, "x-forwarded-proto") or "proto=https" in told


def _address(text: str) -> str | None:
    """Return an address without its port, None where it is none."""
    bare = text.partition("]")[0].lstrip("[") if text.startswith("[") else text
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return None


def _is_among(proxies: Proxies, text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in proxies)
