"""The pages in every language: they fit where they stand, and axe finds nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.e2e import walk
from tests.e2e.conftest import program, watched
from tests.e2e.looks import DESKTOP, PHONE, one_of_a_kind, violations
from tests.e2e.told import cut, cut_placeholders
from tests.e2e.visits import Visits
from tests.e2e.walks import WALKS
from tests.http import faults as f
from ui.language.chosen import COOKIE
from ui.language.languages import ENGLISH, LANGUAGES

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("languages"),
    pytest.mark.wide,
]

LOOKED_AT = {"ar", "ja"}
"""By axe: from right to left, and in signs that are no letters."""

WHOLE = {"desk", "keys"}
"""Looked at in all of their states: each is a page of its own."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[walk.World]:
    data = tmp_path_factory.mktemp("languages") / "data"
    with f.FaultServer.in_thread() as platform, program(data, platform=platform.base_url) as url:
        yield walk.furnished(url, platform)


@pytest.mark.parametrize(
    ("tag", "size"),
    [
        *((tag, PHONE) for tag in LANGUAGES if tag != ENGLISH.tag),
        *((tag, DESKTOP) for tag in sorted(LOOKED_AT)),
    ],
)
async def test_pages_fit_in_each_language(
    visits: Visits, world: walk.World, tag: str, size: tuple[int, int]
) -> None:
    found: dict[str, str] = {}
    async with visits.page(world.url, tag) as page:
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        await page.context.add_cookies([{"name": COOKIE, "value": tag, "url": world.url}])
        _, errors = watched(page, world.url)
        for name, through in WALKS.items():
            async for _ in through(page, world):
                await expect(page.locator("html")).to_have_attribute("lang", tag)
                direction = LANGUAGES[tag].direction
                await expect(page.locator("html")).to_have_attribute("dir", direction)
                own = [one for one in await cut(page, "") if walk.PROMPT not in one]
                if name == "docs":
                    await one_of_a_kind(page)
                looked = await violations(page) if tag in LOOKED_AT else []
                found |= dict.fromkeys((*own, *await cut_placeholders(page), *looked), name)
                if name not in WHOLE:
                    break
    mistakes = [error for error in errors if "Failed to load" not in error]  # else it is refused
    assert found == {} and mistakes == []
