"""Several connections side by side: each run goes by its own, with its key, limits and prices."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backend.errors import InvalidInput, KeyRejected, NotFound, OverLimit, SettingsError
from backend.providers import PROVIDERS
from backend.settings import connections
from backend.settings.connections import ConnectionSettings, checked, file_beside, with_change
from backend.studio import Studio
from backend.types import OFFLINE, RunState
from backend.wire import client
from backend.wire.connection import connect
from tests.http import faults as f
from tests.storage.clock import until
from tests.storage.conftest import FLUX, KEY, OpenStudio, Pauses
from ui.present.records import run_json

PASSWORD = "me:a-long-password"


class Sdapi(f.FaultServer):
    """A Stable Diffusion server: its models and samplers, and a picture for each POST.

    Of models it tells nothing unless it is `here`, and what it tells is held while it `hangs`.
    """

    title, version = "dream.safetensors", "a1b2c3d4e5f6"
    made_with: Mapping[str, str] = {}
    here, hangs = True, False

    def choose(self, request: f.Received) -> f.Fault:
        answer = self._choose(request)
        if request.method == "GET" and not self.here:
            return f.status(404)
        return f.held(answer) if request.method == "GET" and self.hangs else answer

    def _choose(self, request: f.Received) -> f.Fault:
        if request.path.endswith("/sd-models"):
            return f.raw(json.dumps([{"title": self.title, "hash": self.version}]))
        if request.path.endswith("/samplers"):
            return f.raw(json.dumps([{"name": "Euler"}, {"name": "DPM++ 2M"}]))
        if request.path.endswith("/schedulers"):
            return f.raw(json.dumps([{"name": "karras", "label": "Karras"}]))
        if request.path.endswith("/txt2img") and not self._script:
            picture = json.loads(f.document(f.png(64, 64)))["data"][0]["b64_json"]
            info = {"seed": request.json()["seed"], **self.made_with}
            return f.raw(json.dumps({"images": [picture], "info": json.dumps(info)}))
        return super().choose(request)


@pytest.fixture
async def home() -> AsyncIterator[Sdapi]:
    async with Sdapi() as server:
        yield server


def url_of(server: f.FaultServer) -> str:
    return f"http://127.0.0.1:{server.port}"


def gpu(server: f.FaultServer, **more: Any) -> dict[str, Any]:
    return {"name": "home", "kind": "a1111", "api_url": url_of(server), **more}


async def made(studio: Studio, model: str, **values: Any) -> Any:
    raw = {"prompt": "a cat", "seed": 7, **values}
    (run,) = await (await studio.submit(studio.prepare(model, raw, 1))).wait()
    return run


def model_of(studio: Studio, name: str = "home") -> str:
    return next(id for id, spec in studio.account.models.items() if spec.connection == name)


async def test_each_run_goes_by_its_own_connection_with_its_own_key(
    open_studio: OpenStudio, server: f.FaultServer, home: Sdapi
) -> None:
    async with open_studio() as studio:
        await studio.account.further.keep(gpu(home, key=PASSWORD), None)
        model = model_of(studio)
        assert model == "home/dream.safetensors#a1b2c3d4e5"
        first, second = await asyncio.gather(made(studio, FLUX), made(studio, model))
        assert (first.state, second.state) == (RunState.SAVED, RunState.SAVED), second.error
    (cloud,) = [r for r in server.requests if r.method == "POST"]
    (own,) = [r for r in home.requests if r.method == "POST"]
    assert cloud.headers["authorization"] == f"Bearer {KEY}" and PASSWORD not in str(cloud)
    assert own.headers["authorization"].startswith("Basic ") and KEY not in str(home.requests)
    assert own.json()["override_settings"] == {"sd_model_checkpoint": "dream.safetensors"}
    assert first.record.source == f"127.0.0.1:{server.port}"  # as it always was
    assert second.record.source == f"127.0.0.1:{home.port} (a1111)"
    assert not second.record.price_usd


async def test_a_name_with_a_sharp_is_sent_whole(open_studio: OpenStudio, home: Sdapi) -> None:
    home.title = "C# minor #2.safetensors"
    async with open_studio() as studio:
        await studio.account.further.keep(gpu(home), None)
        assert (await made(studio, model_of(studio))).state is RunState.SAVED
    (own,) = [r for r in home.requests if r.method == "POST"]
    assert own.json()["override_settings"] == {"sd_model_checkpoint": home.title}


async def test_samplers_and_schedulers_are_ordinary_parameters_with_choices(
    open_studio: OpenStudio, home: Sdapi
) -> None:
    async with open_studio() as studio:
        await studio.account.further.keep(gpu(home), None)
        spec = studio.account.models[model_of(studio)]
        sampler, scheduler = spec.param("sampler"), spec.param("scheduler")
        assert sampler and sampler.choices == ("Euler", "DPM++ 2M") and sampler.default == "Euler"
        assert scheduler and scheduler.choices == ("Karras",)
        run = await made(studio, spec.id, sampler="DPM++ 2M")
        assert run.state is RunState.SAVED
        with pytest.raises(InvalidInput):
            await made(studio, spec.id, sampler="another")
    (own,) = [r for r in home.requests if r.method == "POST"]
    assert (own.json()["sampler_name"], own.json()["scheduler"]) == ("DPM++ 2M", "Karras")


async def test_other_weights_under_the_same_name_are_another_model_and_no_cached_answer(
    open_studio: OpenStudio, home: Sdapi
) -> None:
    async with open_studio() as studio:
        await studio.account.further.keep(gpu(home), None)
        first = await made(studio, model_of(studio))
        again = await made(studio, model_of(studio))
        assert again.record.cached and home.posts == 1
        home.version = "ffffffff0000"
        await studio.account.further.keep(gpu(home, requests_per_day="50"), "home")
        other = await made(studio, model_of(studio))
        assert not other.record.cached and home.posts == 2
        assert other.record.request.model != first.record.request.model


async def test_each_connection_has_limits_of_its_own(
    open_studio: OpenStudio, server: f.FaultServer, home: Sdapi
) -> None:
    async with open_studio() as studio:
        await studio.account.further.keep(
            gpu(home, requests_per_day="2", dollars_per_day="0.05", price_usd="0.02"), None
        )
        model = model_of(studio)
        for seed in (1, 2):
            assert (await made(studio, model, seed=seed)).record.price_usd == Decimal("0.02")
        with pytest.raises(OverLimit, match="2 requests a day"):
            await made(studio, model, seed=3)
        assert (await made(studio, FLUX)).state is RunState.SAVED
        usage = await studio.jobs.usage(studio.account.limits)
        assert usage.requests_today == 1  # the first connection's alone
        own = await studio.jobs.usage(studio.account.of(model).limits)
        assert (own.requests_today, own.dollars_today) == (2, Decimal("0.04"))
    assert (home.posts, server.posts) == (2, 1)


async def test_the_minute_of_one_connection_holds_back_none_of_another(
    open_studio: OpenStudio, server: f.FaultServer, home: Sdapi, slept: Pauses
) -> None:
    waiting = asyncio.Event()
    slept.during = waiting.wait
    async with open_studio() as studio:
        await studio.account.further.keep(gpu(home, requests_per_minute="1"), None)
        model = model_of(studio)
        await made(studio, model, seed=1)
        held = await studio.submit(studio.prepare(model, {"prompt": "a", "seed": 2}, 1))
        await until(lambda: held.runs[0].waits_for)
        assert (await made(studio, FLUX)).state is RunState.SAVED
        held.stop()
        await held.wait()
    assert (home.posts, server.posts) == (1, 1)


async def test_a_restart_knows_them_and_a_removed_one_is_gone_with_its_key(
    open_studio: OpenStudio, home: Sdapi, tmp_path: Path
) -> None:
    path = tmp_path / "connections.json"
    async with open_studio() as studio:
        await studio.account.further.keep(gpu(home, key=PASSWORD), None)
        run = await made(studio, model_of(studio))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert PASSWORD not in (tmp_path / "data" / "playground.db").read_bytes().decode("latin-1")
    async with open_studio() as studio:
        await studio.account.asked()
        assert (await made(studio, model_of(studio))).record.cached
        assert "a-long-password" in studio.account.secrets()
        await studio.account.further.remove("home")
        assert not studio.account.branches
        assert await studio.gallery.image(run.id) is not None
        with pytest.raises(InvalidInput, match="not in the catalogue"):
            await made(studio, run.record.request.model)
        with pytest.raises(InvalidInput, match="no connection home"):
            await studio.account.further.remove("home")
    assert PASSWORD not in path.read_text()


@pytest.mark.parametrize("how", ["changed", "removed"])
async def test_what_waits_is_never_sent_to_an_address_that_was_replaced(
    open_studio: OpenStudio, home: Sdapi, slept: Pauses, how: str
) -> None:
    waiting = asyncio.Event()
    slept.during = waiting.wait
    async with AsyncExitStack() as stack:
        other = await stack.enter_async_context(Sdapi())
        studio = await stack.enter_async_context(open_studio())
        await studio.account.further.keep(gpu(home, requests_per_minute="1"), None)
        model = model_of(studio)
        await made(studio, model, seed=1)
        held = await studio.submit(studio.prepare(model, {"prompt": "a", "seed": 2}, 1))
        await until(lambda: held.runs[0].waits_for)
        if how == "changed":
            await studio.account.further.keep(gpu(other), "home")
        else:
            await studio.account.further.remove("home")
        (run,) = await held.wait()
        assert run.state is RunState.FAILED and "settings were changed" in str(run.error)
        assert (home.posts, other.posts) == (1, 0)


async def test_with_a_server_of_ones_own_no_cloud_is_needed(
    open_studio: OpenStudio, server: f.FaultServer, home: Sdapi
) -> None:
    async with open_studio(api_url=None, api_key=None) as studio:
        await studio.account.further.keep(gpu(home), None)
        own, sample = await made(studio, model_of(studio)), await made(studio, FLUX)
        assert own.record.source.endswith("(a1111)") and sample.record.source == OFFLINE
        assert studio.account.estimate(model_of(studio), 2) == 0
        assert own.cost_usd == own.record.price_usd == 0  # known, not unlisted
        kept = await studio.gallery.image(own.record.id)
        assert kept is not None and kept.price_usd == 0
    assert server.connections == 0 and home.posts == 1


async def test_an_image_of_another_checkpoint_is_kept_as_what_it_is_and_answers_nobody_else(
    open_studio: OpenStudio, home: Sdapi
) -> None:
    home.made_with = {"sd_model_name": "fallback", "sd_model_hash": "0123456789"}
    async with open_studio() as studio:
        await studio.account.further.keep(gpu(home), None)
        asked = model_of(studio)
        run = await made(studio, asked)
        assert run.state is RunState.SAVED and run.request.model == asked
        assert run.record.request.model == "home/fallback#0123456789"
        told = run_json(run, datetime.now(UTC))["other_model"]
        assert told.startswith("Made with home/fallback#0123456789: the server does not have")
        home.made_with = {"sd_model_name": "dream", "sd_model_hash": home.version[:10]}
        right = await made(studio, asked)
        assert right.record.request.model == asked and not right.record.cached
        assert run_json(right, datetime.now(UTC))["other_model"] is None
        assert (await made(studio, asked)).record.cached
    assert home.posts == 2


@pytest.mark.parametrize(
    "fault", [f.Fault(drop="headers"), f.html(502), f.raw("{}"), f.raw("nonsense")]
)
async def test_what_a_server_without_a_price_loses_is_no_doubt_and_not_sent_again(
    open_studio: OpenStudio, home: Sdapi, fault: f.Fault
) -> None:
    async with open_studio() as studio:
        await studio.account.further.keep(gpu(home), None)
        home.script(fault)
        run = await made(studio, model_of(studio))
    assert run.state is RunState.FAILED and str(run.error).endswith("Nothing was charged.")
    assert home.posts == 1


async def test_one_with_a_price_leaves_its_doubt(open_studio: OpenStudio, home: Sdapi) -> None:
    async with open_studio() as studio:
        await studio.account.further.keep(gpu(home, price_usd="0.01"), None)
        home.script(f.Fault(drop="headers"))
        run = await made(studio, model_of(studio))
    assert run.state is RunState.UNKNOWN and "may have been charged" in str(run.error)


async def test_models_of_several_connections_are_not_mixed_in_one_experiment(
    open_studio: OpenStudio, home: Sdapi
) -> None:
    async with open_studio() as studio:
        await studio.account.further.keep(gpu(home), None)
        with pytest.raises(InvalidInput, match="several connections"):
            studio.account.of_all([FLUX, model_of(studio)])
        assert studio.account.of_all([FLUX]) is studio.account


async def test_a_server_that_is_away_stops_no_start_and_is_told(
    open_studio: OpenStudio,
) -> None:
    wish = {"name": "home", "kind": "a1111", "api_url": f"http://127.0.0.1:{f.closed_port()}"}
    async with open_studio() as studio:
        await studio.account.further.keep(wish, None)
        branch = studio.account.branches["home"]
        assert branch.trouble is not None and "refused" in branch.trouble.message
        assert (await made(studio, FLUX)).state is RunState.SAVED


# --- the file and its checks ------------------------------------------------------------------

GOOD = {"name": "home", "kind": "a1111", "api_url": "http://127.0.0.1:7860"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a/b"}, "name"),
        ({"name": "-a"}, "name"),
        ({"name": "ü"}, "name"),
        ({"name": "a" * 33}, "name"),
        ({"name": 5}, "name"),
        ({"kind": "nobody"}, "kind"),
        ({"api_url": "ftp://x"}, "api_url"),
        ({"api_url": "http://192.168.0.7:7860"}, "api_url"),
        ({"api_url": "http://93.184.216.34", "lan": True}, "api_url"),
        ({"kind": "fal", "api_url": "http://192.168.0.7", "lan": True, "key": "k"}, "api_url"),
        ({"kind": "fal", "api_url": "https://queue.fal.run"}, "key"),
        ({"key": "no-colon"}, "key"),
        ({"key": "a b"}, "key"),
        ({"requests_per_day": "-1"}, "requests_per_day"),
        ({"requests_per_minute": "1.5"}, "requests_per_minute"),
        ({"dollars_per_day": "much"}, "dollars_per_day"),
        ({"price_usd": "NaN"}, "price_usd"),
        ({"price_usd": "1e30"}, "price_usd"),
    ],
)
def test_what_no_connection_can_be_is_refused_at_its_field(
    change: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked({**GOOD, **change})
    assert caught.value.field == field and caught.value.message and caught.value.hint


@pytest.mark.parametrize("url", ["https://[::1", "https://[x]/", "https://xn--/", "http://[::1"])
def test_an_address_that_is_none_is_refused_at_its_field(url: str) -> None:
    own = checked({**GOOD, "key": PASSWORD})
    for given in ({"api_url": url}, {"api_url": url, "key": "me:new"}):
        with pytest.raises(InvalidInput) as caught:
            with_change([own], given, former="home")
        assert caught.value.field in ("api_url", "key") and PASSWORD not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "helps"),
    [
        ("http://192.168.0.7:7860", True),
        ("http://127.0.0.1:99999", False),
        ("http://8.8.8.8", False),
    ],
)
def test_plain_http_is_offered_where_it_helps(url: str, helps: bool) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked({**GOOD, "api_url": url})
    assert ("allow plain http" in caught.value.hint) == helps


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = file_beside(tmp_path / ".env")
    whole = ConnectionSettings(
        "a", "a1111", "http://gpu:7860", PASSWORD, True, 3, 4, Decimal("2.50"), Decimal("0")
    )
    connections.write(path, [whole, checked(GOOD)])
    assert connections.read(path) == (whole, checked(GOOD))
    assert path.name == "connections.json" and PASSWORD not in repr(whole)
    assert file_beside(tmp_path / "demo.env").name == "demo.env.connections.json"
    assert connections.read(tmp_path / "none.json") == ()


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"connections": 5}', '{"connections": [5]}', "\xff", "[" * 9999]
)
def test_a_file_that_makes_no_sense_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "connections.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingsError, match=r"connections\.json"):
        connections.read(path)


def test_the_saved_key_goes_to_its_own_host_alone() -> None:
    own = checked({**GOOD, "key": PASSWORD})
    same = with_change([own], {"api_url": "http://127.0.0.1:7860/x"}, former="home")
    assert same[0].key == PASSWORD and same[0].api_url.endswith("/x")
    with pytest.raises(InvalidInput, match="another address"):
        with_change([own], {"api_url": "https://elsewhere.example"}, former="home")
    assert with_change([own], {**GOOD, "without_key": True}, former="home")[0].key is None
    other = with_change([own], {"api_url": GOOD["api_url"], "key": "me:new"}, former="home")
    assert other[0].key == "me:new"


@pytest.mark.parametrize(
    ("kind", "key"), [("a1111", PASSWORD), ("localai", "a-key"), ("vllm_omni", "a-key")]
)
def test_a_key_for_plain_http_to_another_computer_is_refused_where_it_is_entered(
    kind: str, key: str
) -> None:
    given = {"name": "gpu", "kind": kind, "api_url": "http://192.168.0.7:7860", "lan": True}
    with pytest.raises(InvalidInput, match="plain http to another computer") as caught:
        with_change((), {**given, "key": key}, former=None)
    assert caught.value.field == "key" and "https" in caught.value.hint
    (bare,) = with_change((), given, former=None)
    assert bare.key is None
    for url in ("http://127.0.0.1:7860", "https://gpu.example"):
        (own,) = with_change((), {**given, "api_url": url, "key": key}, former=None)
        assert own.key == key
    with pytest.raises(InvalidInput) as caught:  # the saved one, of the same host
        with_change((replace(bare, key=key),), {"lan": True}, former="gpu")
    assert caught.value.field == "key"
    again = with_change((replace(bare, key=key),), {**given, "without_key": True}, former="gpu")
    assert again[0].key is None


async def test_where_a_file_has_a_key_that_is_not_sent_a_refusal_says_so(
    home: Sdapi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "in_clear", lambda url: True)
    connection = connect(PROVIDERS["a1111"], url_of(home), PASSWORD)
    home.here = False
    with pytest.raises(NotFound):
        await connection.models()
    home.script_gets(f.status(401))
    monkeypatch.setattr(Sdapi, "choose", f.FaultServer.choose)
    with pytest.raises(KeyRejected, match="plain http to another computer"):
        await connection.models()
    told = connection.told(KeyRejected("no", ""), None)
    assert "plain http" in told.message and "authorization" not in str(home.requests)


def test_names_are_unique_and_neither_name_nor_kind_changes() -> None:
    own = checked(GOOD)
    with pytest.raises(InvalidInput, match="of this name"):
        with_change([own], {**GOOD, "name": "HOME"}, former=None)
    changed = with_change([own], {**GOOD, "name": "b", "kind": "fal"}, former="home")
    assert [(one.name, one.kind) for one in changed] == [("home", "a1111")]
    with pytest.raises(InvalidInput, match="no connection gone"):
        with_change([own], GOOD, former="gone")
