"""PLAYGROUND_STORE_URL, read: which store, which bucket, what stands before all names. Pure.

    s3://BUCKET/PREFIX?endpoint=https://HOST&region=REGION
    gs://BUCKET/PREFIX    az://CONTAINER/PREFIX?account=NAME

Keys stand in the environment, as each cloud's own programs have them, and never in the URL.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qsl, urlsplit

from backend.errors import SettingsError

NAME = "PLAYGROUND_STORE_URL"

_OPTIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "s3": frozenset({"endpoint", "region"}),
        "gs": frozenset({"endpoint"}),
        "az": frozenset({"endpoint", "account"}),
    }
)
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,221}")
_PREFIX = re.compile(r"[A-Za-z0-9._/-]*")


@dataclass(frozen=True, slots=True)
class StoreUrl:
    """A store: `kind` is s3, gs or az; `prefix` is "" or ends in no slash.

    `endpoint` is the address of a server other than the cloud's own, `plain` whether it is spoken
    to without encryption: on this computer alone.
    """

    kind: str
    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = ""
    account: str = ""
    plain: bool = False

    def __str__(self) -> str:
        return f"{self.kind}://{self.bucket}/{self.prefix}".rstrip("/")


def read_store_url(text: str) -> StoreUrl:
    """Return what the setting says. Raises: SettingsError with one sentence, and no key in it."""
    try:
        parts = urlsplit(text)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        port = parts.port
    except ValueError as error:
        raise _refused("cannot be read") from error
    if parts.scheme not in _OPTIONS:
        raise _refused("names no kind of store that is known here")
    if parts.username is not None or parts.password is not None:
        raise SettingsError(
            f"{NAME} holds a key.",
            "Put it into the environment, such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        )
    prefix = parts.path.strip("/")
    if not _BUCKET.fullmatch(parts.netloc) or port is not None:
        raise _refused("names no bucket")
    if not _PREFIX.fullmatch(prefix) or {".", "..", ""} & set(prefix.split("/")) - {prefix}:
        raise _refused("has a path that cannot be used: letters, digits, . _ - and / can")
    if unknown := sorted(options.keys() - _OPTIONS[parts.scheme]):
        raise _refused(f"says {unknown[0]}, which is not known here")
    endpoint = options.get("endpoint", "").rstrip("/")
    return StoreUrl(
        parts.scheme,
        parts.netloc,
        prefix,
        endpoint,
        options.get("region", ""),
        options.get("account", ""),
        _is_plain(endpoint),
    )


def _is_plain(endpoint: str) -> bool:
    """Whether an endpoint is spoken to without encryption. Raises: SettingsError."""
    if not endpoint:
        return False
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _refused("has an endpoint that cannot be read") from error
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise _refused("has an endpoint that is no address such as https://s3.example.com")
    if parts.username is not None or parts.query or parts.fragment:
        raise _refused("has an endpoint with more than an address in it")
    if parts.scheme == "https":
        return False
    if not _on_this_computer(host):
        raise SettingsError(
            f"The endpoint in {NAME} begins with http://, so anybody on the way could read along.",
            "Use https://. Without encryption a store on this computer alone is spoken to.",
        )
    return True


def _on_this_computer(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refused(what: str) -> SettingsError:
    return SettingsError(
        f"{NAME} {what}.",
        "Write s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX; for a server of"
        " your own add ?endpoint=https://HOST.",
    )
