"""The running program does what its own description, /openapi.json, says, whatever it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from tests.bench.serving import program
from tests.canary.program import Program
from tests.examples import EXAMPLES

PATH = "/openapi.json"
EACH = max(8, EXAMPLES // 20)
"""Examples for each way to call: a call takes as long as twenty of the other examples."""

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]

LEFT_OUT = {
    ("POST", "/api/setup"),  # sets where the program sends: whatever address was made up
    ("POST", "/api/setup/test"),  # asks an address that it is given
    ("POST", "/api/generate"),  # draws up to eight large pictures, each a second of work
    ("GET", "/api/session/events"),  # ends with the program alone
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with program(tmp_path_factory.mktemp("interface"), None) as (url, _):
        with httpx.Client(base_url=url, timeout=60) as client:
            assert "event: complete" in Program(client).generate("a fox")
        yield url


@pytest.fixture(scope="module")
def described(url: str) -> dict[str, Any]:
    answer = httpx.get(url + PATH)
    if answer.status_code == 404:
        pytest.skip(f"The program does not describe itself yet: there is no {PATH}.")
    return dict(answer.json())


def test_every_call_answers_as_described(url: str, described: dict[str, Any]) -> None:
    schema = schemathesis.openapi.from_dict(described)
    operations = [result.ok() for result in schema.get_all_operations()]
    stored = [image["id"] for image in httpx.get(f"{url}/api/images").json()["images"]]
    tried = {(one.method.upper(), one.path): one for one in operations}
    assert len(tried) >= 5, "the description holds next to nothing"
    for named, operation in tried.items():
        if named in LEFT_OUT:
            continue

        @settings(max_examples=EACH)
        @given(case=operation.as_strategy(), known=st.sampled_from([None, *stored]))
        def call(case: Any, known: str | None) -> None:
            if known and "id" in (case.path_parameters or {}):  # no made up id is one of ours
                case.path_parameters["id"] = known
            answer = case.call(base_url=url, timeout=20)
            case.validate_response(answer, checks=CHECKS)

        call()
    assert httpx.get(f"{url}/healthz").status_code == 200, "it no longer answers"
