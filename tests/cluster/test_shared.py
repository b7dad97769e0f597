"""What is set on one of several machines holds on all; keys and files stay each machine's own."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backend.errors import PlaygroundError, SettingsError
from backend.library.marks import Changes
from backend.settings.change import SettingsChange
from backend.settings.load import Settings
from backend.storage.image_files.store_url import StoreUrl
from backend.storage.writing import write_durably
from backend.studio import Studio
from backend.styles import shared
from backend.styles.book import Book
from backend.styles.kinds import Style
from tests.cluster.servers import Postgres

MODEL = "black-forest-labs/FLUX.1-schnell"
URL, KEY = "http://127.0.0.1:9/api/v1", "ak_shared-0123456789"


def settings_of(folder: Path, database_url: str, **more: Any) -> Settings:
    return Settings(folder / "data", folder / ".env", database_url=database_url, **more)


@pytest.fixture
async def two(tmp_path: Path, database_url: str, store: StoreUrl) -> AsyncIterator[list[Studio]]:
    more = {"api_url": URL, "api_key": KEY, "store_url": store}
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                Studio(settings_of(tmp_path / name, database_url, **more))
            )
            for name in ("one", "two")
        ]


async def until(holds: Callable[[], object], within_s: float = 5.0) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        await asyncio.sleep(0.05)


async def test_limits_of_the_panel_hold_on_all_machines_and_on_those_that_start_later(
    two: list[Studio], tmp_path: Path, database_url: str, store: StoreUrl
) -> None:
    change = SettingsChange(api_url=URL, dollars_per_day="0.50", requests_per_minute="7")
    await two[0].account.change(change)
    await until(lambda: two[1].account.limits.dollars_per_day == Decimal("0.50"))
    assert two[1].account.limits == two[0].account.limits
    assert two[1].account.settings.own_limits["PLAYGROUND_DOLLARS_PER_DAY"] == "0.50"
    assert not (tmp_path / "one" / ".env").exists()
    third = settings_of(tmp_path / "three", database_url, api_url=URL, store_url=store)
    async with Studio(third) as later:
        assert later.account.settings.limits.requests_per_minute == 7


async def test_the_environment_of_a_machine_goes_before_what_is_shared(
    two: list[Studio], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_REQUESTS_PER_DAY", "40")
    await two[0].account.change(SettingsChange(dollars_per_day="0.25", requests_per_day="40"))
    await until(lambda: two[1].account.limits.dollars_per_day == Decimal("0.25"))
    assert two[1].account.limits.requests_per_day == 40
    with pytest.raises(SettingsError, match="environment"):
        await two[0].account.change(SettingsChange(requests_per_day="50"))


@pytest.mark.parametrize(
    "change",
    [
        SettingsChange(api_url=URL, api_key="ak_another-0123456789"),
        SettingsChange(api_url="https://cloud.example/api/v1"),
        SettingsChange(pasted=f"curl {URL}/x -H 'Authorization: Bearer ak_pasted-0123456789'"),
    ],
)
async def test_a_key_or_an_address_is_not_taken_and_reaches_no_database(
    two: list[Studio], postgres_server: Postgres, database_url: str, change: SettingsChange
) -> None:
    with pytest.raises(SettingsError, match="Several machines share"):
        await two[0].account.change(change)
    await two[0].account.change(SettingsChange(api_url=URL, dollars_per_day="1"))
    assert two[0].account.settings.api_key == KEY
    assert "ak_" not in postgres_server.dump(database_url)


def adding(name: str) -> Callable[[Book], tuple[Book, None]]:
    style = Style(name, "{prompt}, " + name)
    return lambda book: (Book((*book.styles, style), book.presets), None)


async def test_styles_are_those_of_all_machines_and_no_change_is_lost(two: list[Studio]) -> None:
    names = [f"style {number}" for number in range(10)]
    changes = (two[n % 2].styles.change for n in range(len(names)))
    await asyncio.gather(
        *(asyncio.to_thread(do, adding(name)) for do, name in zip(changes, names, strict=True))
    )
    for studio in two:
        await until(lambda s=studio: {style.name for style in s.styles.book().styles} == {*names})  # type: ignore[misc]


async def test_a_style_is_not_lost_to_an_older_list_that_comes_while_another_is_added(
    two: list[Studio], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    styles = two[0].styles
    assert isinstance(styles, shared.SharedStyles)
    styles.change(adding("first"))
    older = (tmp_path / "one" / "data" / "styles.json").read_text()
    two[1].styles.change(adding("second"))
    late = threading.Thread(target=styles.heard, args=(older,))

    def written(path: Path, data: bytes) -> None:
        write_durably(path, data)
        if b"second" in data and late.ident is None:
            late.start()
            late.join(0.2)

    monkeypatch.setattr(shared, "write_durably", written)
    await asyncio.to_thread(styles.change, adding("third"))
    late.join()
    names = {"first", "second", "third"}
    await until(lambda: {style.name for style in two[1].styles.book().styles} == names)


async def test_marks_are_in_the_database_alone(
    tmp_path: Path, database_url: str, store: StoreUrl
) -> None:
    async with AsyncExitStack() as stack:
        one, two = [
            await stack.enter_async_context(
                Studio(settings_of(tmp_path / name, database_url, mode="offline", store_url=store))
            )
            for name in ("one", "two")
        ]
        model = next(iter(one.account.models))
        job = await one.submit(one.prepare(model, {"prompt": "a fox", "seed": 7}, 1))
        await until(lambda: job.runs[0].record is not None, 20)
        image_id = job.runs[0].record.id  # type: ignore[union-attr]
        await one.gallery.change([image_id], Changes(starred=True, add_tags=("sea",)))
        seen = await two.gallery.image(image_id)
        assert seen and seen.starred and seen.tags == ("sea",)
    assert not list(tmp_path.rglob("marks.jsonl"))


async def test_the_newest_models_file_counts_on_all_machines(
    tmp_path: Path, database_url: str
) -> None:
    def text(label: str) -> str:
        return f'[[model]]\nid = "{MODEL}"\nlabel = "{label}"\n'

    def own(name: str, label: str, changed: float) -> Path:
        path = tmp_path / name / "data" / "models.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text(label))
        os.utime(path, (changed, changed))
        return path

    async def label(name: str) -> str:
        async with Studio(settings_of(tmp_path / name, database_url)) as studio:
            notices.append(" ".join(studio.notices))
            return str(studio.account.models[MODEL].label)

    notices: list[str] = []
    own("one", "First", time.time() - 60)
    assert [await label("one"), await label("two")] == ["First", "First"]
    older = own("two", "Older", time.time() - 3_600)
    assert await label("two") == "First" and "newer models.toml" in notices[-1]
    assert older.read_text() == text("Older"), "a person's file stays"
    own("two", "Second", time.time() + 1)
    assert [await label("two"), await label("one")] == ["Second", "Second"]


async def test_while_the_database_is_away_a_change_is_refused_in_words(
    two: list[Studio], postgres_server: Postgres
) -> None:
    await asyncio.to_thread(postgres_server.stop)
    try:
        with pytest.raises(PlaygroundError, match="database does not answer"):
            await two[0].account.change(SettingsChange(api_url=URL, dollars_per_day="9"))
        with pytest.raises(PlaygroundError, match="database does not answer"):
            await asyncio.to_thread(two[0].styles.change, lambda book: (book, None))
    finally:
        await asyncio.to_thread(postgres_server.start)
    await two[0].account.change(SettingsChange(api_url=URL, dollars_per_day="9"))
    await until(lambda: two[1].account.limits.dollars_per_day == 9)
