"""The client of an object store, over a real socket."""

from __future__ import annotations

import os

import pytest
from pytest_httpserver import HTTPServer

from backend.storage.image_files.store_client import StoreClient
from backend.storage.image_files.store_url import read_store_url


def test_a_store_on_this_computer_is_reached_past_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer
) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "elsewhere.example")
    monkeypatch.delenv("no_proxy", raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    httpserver.expect_request("/bucket/pg/a").respond_with_data(
        b"found", headers={"ETag": '"1"', "Last-Modified": "Tue, 01 Dec 2026 00:00:00 GMT"}
    )
    endpoint = f"http://127.0.0.1:{httpserver.port}"
    client = StoreClient(read_store_url(f"s3://bucket/pg?region=x&endpoint={endpoint}"))
    assert client.get("a") == b"found"
    assert os.environ["NO_PROXY"] == "elsewhere.example" and "no_proxy" not in os.environ
