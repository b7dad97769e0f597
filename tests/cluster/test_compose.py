"""What compose.yaml has the object store do, asked of a real one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import httpx
import yaml

from tests.cluster.servers import ObjectStore, find_weed

STORE = yaml.safe_load(Path(__file__).parents[2].joinpath("compose.yaml").read_text("utf-8"))[
    "services"
]["store"]


def test_the_store_says_where_it_is_asked_that_it_is_healthy(store_server: ObjectStore) -> None:
    (path,) = re.findall(r"http://127\.0\.0\.1:8333(/\S+)", STORE["healthcheck"]["test"])
    assert httpx.get(f"{store_server.endpoint}{path}").status_code == 200
    store_server.kill()
    try:
        httpx.get(f"{store_server.endpoint}{path}")
        raise AssertionError("it is healthy without being there")
    except httpx.TransportError:
        pass
    finally:
        store_server.start()


def test_the_store_knows_each_of_its_options(store_server: ObjectStore) -> None:
    command, *options = STORE["command"].split()
    program = find_weed()
    assert program and options
    told = subprocess.run(
        [program, command, "-h"], capture_output=True, text=True, timeout=30, check=False
    )
    known = set(re.findall(r"^\s+-([\w.]+)", told.stdout + told.stderr, re.M))
    assert {option[1:].split("=")[0] for option in options} <= known
