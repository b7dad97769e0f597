"""The projector's window, /stage: nothing around it, and a policy without exceptions."""

from __future__ import annotations

import re

import httpx
import pytest

from ui import static


@pytest.mark.parametrize("path", ["/stage", "/stage/", "/stage?slides=1&q=boat"])
async def test_it_is_one_script_and_one_style_with_nothing_around(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200 and "Stage" in answer.text
    assert not re.search(r"<(?:header|nav|style|form)\b", answer.text)
    scripts = re.findall(r"<script[^>]*>", answer.text)
    assert len(scripts) == 1 and static.url(static.script("projector")) in scripts[0]
    assert '<main id="projector"></main>' in answer.text and '<body class="dark">' in answer.text
    assert answer.headers["cache-control"] == "no-cache"


async def test_its_policy_allows_nothing_inline(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/stage")).headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy and "sha256" not in policy


async def test_no_page_of_the_header_leads_there(client: httpx.AsyncClient) -> None:
    assert 'href="/stage' not in (await client.get("/gallery")).text
