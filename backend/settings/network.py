"""How the program is reached from elsewhere: under which names, through which proxies, where. Pure.

What cannot be meant is refused in one sentence, before anything starts.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from backend.errors import SettingsError

Proxies = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

OWN_PATHS = frozenset(
    (
        *("api", "assets", "config", "desk", "diffs", "docs", "examples", "experiments"),
        *("favicon.ico", "gallery", "gradio_api", "healthz", "help", "images", "login"),
        *("logout", "manifest.json", "mcp", "openapi.json", "page", "readyz", "robots.txt"),
        *("sdapi", "settings", "stage", "static", "statistics", "styles", "theme.css"),
        *("thumbs", "v1"),
    )
)
"""What paths of ours begin with: below one of these nobody could tell whose a path is."""

_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")


@dataclass(frozen=True, slots=True)
class Network:
    """`hosts` are further names of the program, in small letters and without ports.

    `proxies` are those whose X-Forwarded-* headers are believed. `root_path` is what stands before
    all its paths, "" or like "/pg"; None where a trusted proxy may say it.
    """

    hosts: frozenset[str] = frozenset()
    proxies: Proxies = ()
    root_path: str | None = None

    @property
    def from_elsewhere(self) -> bool:
        """Whether others are to reach it, though it may listen on this computer alone."""
        return bool(self.proxies or self.hosts - {"localhost"})


def read_network(hosts: str, proxies: str, root_path: str) -> Network:
    """Read the three settings, lists with commas or blanks between. Raises: SettingsError."""
    return Network(
        frozenset(_host(text) for text in _listed(hosts)),
        tuple(_proxy(text) for text in _listed(proxies)),
        _root_path(root_path) if root_path.strip() else None,
    )


def clean_prefix(text: str) -> str | None:
    """Return what stands before all paths, without a slash at its end; None where it is no path."""
    path = text.strip().rstrip("/")
    found = _PATH.fullmatch(path)
    return path if found and not {".", ".."} & set(path.split("/")) else None


def _listed(text: str) -> Iterable[str]:
    return text.replace(",", " ").split()


def _host(text: str) -> str:
    name = text.lower().rstrip(".")
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        name = name.encode("idna").decode() if not name.isascii() else name
    except UnicodeError:
        name = ""
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{text!r} is no name that the playground can have.",
            "Give --allow-host the name alone, like studio.example.com, without http:// or a port.",
        )
    return name


def _proxy(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise SettingsError(
            f"{text!r} is no address of a proxy.",
            "Give --trust-proxy an address like 127.0.0.1, or a network like 172.16.0.0/12.",
        ) from error


def _root_path(text: str) -> str:
    path = clean_prefix(text)
    if path is None:
        raise SettingsError(
            f"{text!r} is no path that the playground can stand below.",
            "Give --root-path something like /pg.",
        )
    first = path.split("/")[1] if path else ""
    if first in OWN_PATHS:
        raise SettingsError(
            f"The playground has pages of its own below /{first}.",
            "Give --root-path another name, like /pg.",
        )
    return path
