"""A1111's interface, asked exactly as SillyTavern and open-webui ask it."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from PIL import Image

from backend.types import Limits, RunState
from tests.http.faults import cut_mid_body, good, held, picture
from tests.storage.clock import until
from tests.ui.login.visitors import RIGHT
from tests.ui.programs.conftest import FLUX, SDXL, Opening, Playground
from ui.routes import a1111

TXT2IMG = "/sdapi/v1/txt2img"

NEGATIVE = "lowres, bad anatomy, bad hands, text, error, cropped, worst quality, low quality"


def sillytavern(playground: Playground, **changes: Any) -> dict[str, Any]:
    """Return what SillyTavern sends where nothing but the prompt was chosen.

    SillyTavern: generateAutoImage in public/scripts/extensions/stable-diffusion/index.js, with its
    defaultSettings; src/endpoints/stable-diffusion.js hands its own `url` and `auth` on too, and
    takes `forge_additional_modules` out. What is undefined there is left out of JSON.
    """
    return {
        "url": playground.url,
        "auth": f"tavern:{playground.key}",
        "prompt": "best quality, absurdres, aesthetic, a knight at a table",
        "negative_prompt": NEGATIVE,
        "sampler_name": "DDIM",
        "scheduler": "normal",
        "steps": 20,
        "cfg_scale": 7,
        "width": 512,
        "height": 512,
        "restore_faces": False,
        "enable_hr": False,
        "hr_upscaler": "Latent",
        "hr_scale": 1.0,
        "hr_additional_modules": [],
        "denoising_strength": 0.7,
        "hr_second_pass_steps": 0,
        "override_settings": {"CLIP_stop_at_last_layers": 1},
        "override_settings_restore_afterwards": True,
        "clip_skip": 1,
        "save_images": True,
        "send_images": True,
        "do_not_save_grid": False,
        "do_not_save_samples": False,
        **changes,
    }


def open_webui(**changes: Any) -> dict[str, Any]:
    """Return what open-webui sends: image_generations in backend/open_webui/routers/images.py."""
    return {
        "prompt": "a cat",
        "batch_size": 1,
        "width": 512,
        "height": 512,
        "steps": 20,
        **changes,
    }


def basic(playground: Playground, key: str = "", **more: Any) -> httpx.AsyncClient:
    """Return a client that shows the key as these programs do: getBasicAuthHeader, api_auth."""
    auth = httpx.BasicAuth("tavern", key or playground.key)
    return httpx.AsyncClient(base_url=playground.url, auth=auth, timeout=30, **more)


def sent(playground: Playground) -> dict[str, Any]:
    body: dict[str, Any] = playground.platform.requests[-1].json()
    return body


async def test_sillytavern_gets_an_image_and_is_told_what_the_model_has_no_use_for(
    playground: Playground,
) -> None:
    playground.platform.script(good(picture("JPEG")))
    async with basic(playground) as client:
        answer = await client.post(TXT2IMG, json=sillytavern(playground))
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert list(made) == ["images", "parameters", "info"]
    with Image.open(io.BytesIO(base64.b64decode(made["images"][0]))) as image:
        assert image.format == "PNG"  # what they take for granted
        size = image.size
    asked = sent(playground)
    assert (asked["model"], asked["num_steps"], asked["guidance_scale"]) == (FLUX, 20, 7)
    assert (asked["width"], asked["height"]) == (512, 512) and "negative_prompt" not in asked
    info = json.loads(made["info"])
    assert info["playground"]["unused"] == ["negative_prompt", "sampler_name"]
    assert "does not take negative_prompt, sampler_name." in info["playground"]["note"]
    assert info["seed"] == info["all_seeds"][0] == asked["seed"]
    assert (info["width"], info["height"]) == size and info["negative_prompt"] == ""
    assert "Steps: 20" in info["infotexts"][0] and info["sd_model_name"] == FLUX
    assert playground.key not in answer.text and "url" not in made["parameters"]
    (record,) = (await playground.studio.gallery.images()).images
    assert info["playground"]["ids"] == [record.id] and record.format == "jpeg"


async def test_sillytavern_connects_and_chooses_a_model_which_is_kept(opening: Opening) -> None:
    """Its /ping, /models, /samplers, /schedulers, /upscalers, /vaes, /get-model and /set-model."""
    playground = await opening()
    async with basic(playground) as client:
        ping = await client.get("/sdapi/v1/options")
        assert ping.status_code == 200 and ping.json()["sd_model_checkpoint"] == FLUX
        models = (await client.get("/sdapi/v1/sd-models")).json()
        assert [(one["title"], one["model_name"]) for one in models] == [
            (FLUX, "FLUX.1 schnell"),
            (SDXL, "SDXL 1.0"),
        ]
        names = {}
        for name in ("samplers", "schedulers", "upscalers", "latent-upscale-modes", "sd-vae"):
            names[name] = [one["name"] for one in (await client.get(f"/sdapi/v1/{name}")).json()]
        assert names == {
            "samplers": ["Automatic"],
            "schedulers": ["automatic"],
            "upscalers": ["None"],
            "latent-upscale-modes": [],
            "sd-vae": [],
        }
        modules = await client.get("/sdapi/v1/sd-modules")  # Forge has them: it asks both
        assert modules.status_code == 404
        chosen = {"sd_model_checkpoint": SDXL}
        assert (await client.post("/sdapi/v1/options", json=chosen)).status_code == 200
        state = (await client.get("/sdapi/v1/progress")).json()
        assert state["progress"] == 0 and state["state"]["job_count"] == 0
        await client.post(TXT2IMG, json=sillytavern(playground))
        assert (sent(playground)["model"], sent(playground)["negative_prompt"]) == (SDXL, NEGATIVE)
    async with basic(playground, await playground.new_key("another")) as other:
        assert (await other.get("/sdapi/v1/options")).json()["sd_model_checkpoint"] == FLUX
    await opening.stack.aclose()
    opening.key_name = "second"
    again = await opening()
    async with basic(again, playground.key) as client:
        assert (await client.get("/sdapi/v1/options")).json()["sd_model_checkpoint"] == SDXL


async def test_open_webui_sets_the_model_among_all_options_and_gets_its_images(
    playground: Playground,
) -> None:
    async with basic(playground) as client:
        options = (await client.get("/sdapi/v1/options")).json()
        options["sd_model_checkpoint"] = "SDXL 1.0"  # its list shows names and sends titles
        assert (await client.post("/sdapi/v1/options", json=options)).status_code == 200
        told = await client.post(TXT2IMG, json=open_webui(batch_size=2, negative_prompt="fog"))
    made = told.json()
    assert len(made["images"]) == 2
    assert (sent(playground)["model"], sent(playground)["negative_prompt"]) == (SDXL, "fog")
    info = json.loads(made["info"])
    assert info["all_seeds"] == [-1, -1] and info["playground"]["unused"] == []
    assert playground.platform.posts == 2


async def test_a_model_is_named_by_the_request_before_the_options(playground: Playground) -> None:
    async with basic(playground) as client:
        for name in (SDXL, "SDXL 1.0"):
            named = {"sd_model_checkpoint": name, "samples_format": "webp"}
            made = await client.post(TXT2IMG, json=open_webui(override_settings=named))
            assert sent(playground)["model"] == SDXL
            file = base64.b64decode(made.json()["images"][0])
            assert Image.open(io.BytesIO(file)).format == "WEBP"
        unknown = {"sd_model_checkpoint": "v1-5-pruned.safetensors [6ce0161689]"}
        answers = [
            await client.post(TXT2IMG, json=open_webui(override_settings=unknown)),
            await client.post("/sdapi/v1/options", json=unknown),
        ]
        options = (await client.get("/sdapi/v1/options")).json()
    for answer in answers:
        assert answer.status_code == 404 and FLUX in answer.json()["detail"]
    assert options["sd_model_checkpoint"] == FLUX


async def test_the_same_request_is_one_run_until_its_image_was_seen_also_at_once(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(a1111, "ANOTHER_AFTER", timedelta(minutes=1))
    body = sillytavern(playground)
    async with basic(playground) as client, playground.client() as bearer:
        made = await asyncio.gather(*(client.post(TXT2IMG, json=body) for _ in range(4)))
        made.append(await bearer.post(TXT2IMG, json=body))
        assert len({one.json()["images"][0] for one in made}) == 1
        assert playground.platform.posts == 1
        await client.post(TXT2IMG, json={**body, "seed": 7})
        again = await client.post(TXT2IMG, json={**body, "seed": 7, "save_images": False})
        assert playground.platform.posts == 2  # from disk, as it has a seed
        assert json.loads(again.json()["info"])["playground"]["cached"] == [True]
        monkeypatch.setattr(a1111, "ANOTHER_AFTER", timedelta(0))
        await client.post(TXT2IMG, json=body)
        assert playground.platform.posts == 3


async def test_what_may_be_charged_is_sent_once_however_often_it_is_asked_for(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(a1111, "ANOTHER_AFTER", timedelta(0))
    playground.platform.script(cut_mid_body())
    async with basic(playground) as client:
        for _ in range(3):
            answer = await client.post(TXT2IMG, json=open_webui())
            assert answer.status_code == 502
            assert answer.json()["error"] == "may_have_been_charged"
    assert playground.platform.posts == 1
    (run,) = (await playground.studio.runs.page()).runs
    assert run.state is RunState.UNKNOWN


async def test_interrupting_sends_no_more_and_the_same_request_then_makes_the_rest(
    playground: Playground,
) -> None:
    """SillyTavern posts /interrupt when its page is closed or its Stop is pressed."""
    playground.platform.script(held(good()), held(good()))
    body = open_webui(batch_size=4)
    async with basic(playground) as client, basic(playground) as page:
        waiting = asyncio.create_task(client.post(TXT2IMG, json=body))
        await until(lambda: playground.platform.posts == 2)
        state = (await page.get("/sdapi/v1/progress?skip_current_image=true")).json()
        assert 0 < state["progress"] < 1 and state["state"]["job_count"] == 4
        async with basic(playground, await playground.new_key("another")) as other:
            assert (await other.post("/sdapi/v1/interrupt")).json() == {}
            assert (await other.get("/sdapi/v1/progress")).json()["progress"] == 0
        assert (await page.post("/sdapi/v1/interrupt")).json() == {}
        playground.platform.release()
        stopped = await waiting
        assert stopped.status_code == 503 and "2 of 4" in stopped.json()["detail"]
        assert playground.platform.posts == 2
        made = await client.post(TXT2IMG, json=body)
    assert len(made.json()["images"]) == 4 and playground.platform.posts == 4
    assert (await playground.studio.gallery.images()).total == 4


async def test_what_was_stopped_without_a_seed_is_made_anew_once_that_is_no_retry(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(a1111, "ANOTHER_AFTER", timedelta(minutes=1))
    playground.platform.script(held(good()), held(good()))
    body = open_webui(batch_size=3, override_settings={"sd_model_checkpoint": SDXL})
    async with basic(playground) as client, basic(playground) as page:
        waiting = asyncio.create_task(client.post(TXT2IMG, json=body))
        await until(lambda: playground.platform.posts > 0)
        await page.post("/sdapi/v1/interrupt")
        playground.platform.release()
        first, sent_first = (await waiting).status_code, playground.platform.posts
        assert first == 503 and sent_first < 3
        assert (await client.post(TXT2IMG, json=body)).status_code == 503
        assert playground.platform.posts == sent_first  # a retry pays for nothing
        monkeypatch.setattr(a1111, "ANOTHER_AFTER", timedelta(0))
        made = await client.post(TXT2IMG, json=body)
    assert len(made.json()["images"]) == 3 and playground.platform.posts == sent_first + 3


async def test_the_keys_limits_hold_and_are_told_in_the_shape_they_read(
    opening: Opening,
) -> None:
    playground = await opening(limits=Limits(requests_per_day=2))
    narrow = await playground.new_key("narrow", requests_per_day=1)
    async with basic(playground, narrow) as client:
        asked = (client.post(TXT2IMG, json=open_webui(seed=n)) for n in range(3))
        answers = await asyncio.gather(*asked)
    assert sorted(one.status_code for one in answers) == [200, 429, 429]
    refused = next(one for one in answers if one.status_code == 429).json()
    assert list(refused) == ["error", "detail", "body", "errors"]
    assert refused["error"] == "insufficient_quota" and refused["detail"] == refused["errors"]
    assert "1 request a day" in refused["detail"] and "key" in refused["detail"]
    async with basic(playground) as client:
        codes = [
            (await client.post(TXT2IMG, json=open_webui(seed=seed))).status_code for seed in (8, 9)
        ]
    assert codes == [200, 429] and playground.platform.posts == 2


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"prompt": ""}, "prompt is empty"),
    ({"enable_hr": True}, "enable_hr"),
    ({"restore_faces": True}, "restore_faces"),
    ({"tiling": True}, "tiling"),
    ({"subseed": 3, "subseed_strength": 0.2}, "subseed_strength"),
    ({"script_name": "X/Y/Z plot", "script_args": [1]}, "script_name"),
    ({"refiner_checkpoint": "sd_xl_refiner", "refiner_switch_at": 0.8}, "refiner_checkpoint"),
    ({"init_images": ["iVBORw0"]}, "init_images"),
    # SillyTavern's "Use ADetailer (Face)"
    (
        {"alwayson_scripts": {"ADetailer": {"args": [True, True, {"ad_model": "face.pt"}]}}},
        "ADetailer",
    ),
    ({"alwayson_scripts": {"ControlNet": {"args": [{"enabled": True}]}}}, "ControlNet"),
    ({"alwayson_scripts": []}, "alwayson_scripts"),
    ({"override_settings": "none"}, "override_settings"),
    ({"width": 500}, "496 and 512"),
    ({"width": 64}, "256"),
    ({"steps": 51}, "50"),
    ({"cfg_scale": 30}, "20"),
    ({"batch_size": 3, "n_iter": 3}, "1 to 8"),
    ({"batch_size": 0}, "1 to 8"),
    ({"n_iter": True}, "1 to 8"),
    ({"steps": 4, "num_steps": 4}, "num_steps"),
    ({"override_settings": {"sd_model_checkpoint": SDXL}, "seed": 7}, "seed"),
    ({"seed": -2}, "Seed"),
    ({"styles": ["Anime"]}, "Anime"),
]


async def test_what_would_make_another_image_is_refused_in_words_and_nothing_is_sent(
    playground: Playground,
) -> None:
    async with basic(playground) as client:
        for wrong, word in WRONG:
            answer = await client.post(TXT2IMG, json=sillytavern(playground, **wrong))
            assert answer.status_code == 400, (wrong, answer.text)
            assert word in answer.json()["detail"], (wrong, answer.json())
            assert answer.json()["detail"].endswith(".") and answer.json()["body"] == ""
    assert playground.platform.posts == 0


async def test_what_is_not_json_or_nowhere_is_told_in_the_same_shape(
    playground: Playground,
) -> None:
    async with basic(playground) as client:
        answers = [
            await client.post(TXT2IMG, content=b"{"),
            await client.post(TXT2IMG, json=[1]),
            await client.post("/sdapi/v1/img2img", json=open_webui()),
            await client.get("/sdapi/v1/interrogate"),
            await client.get(TXT2IMG),
            await client.get("/sdapi/v1/sd-models?page=2"),
        ]
    assert [one.status_code for one in answers] == [400, 400, 404, 404, 404, 400]
    for answer in answers:
        assert list(answer.json()) == ["error", "detail", "body", "errors"], answer.text
    assert playground.platform.posts == 0


async def test_nothing_below_sdapi_opens_without_a_key(opening: Opening) -> None:
    playground = await opening(RIGHT)
    wrong = "sbp_" + "x" * 43
    shown: list[Any] = [None, (RIGHT.user, RIGHT.password), ("tavern", wrong), ("tavern", "")]
    for auth in shown:
        async with httpx.AsyncClient(base_url=playground.url, auth=auth) as nobody:
            for method, path in (
                ("GET", "/sdapi/v1/options"),
                ("POST", TXT2IMG),
                ("GET", "/sdapi/"),
                ("GET", "/sdapi/v1/options?sign=1"),
            ):
                answer = await nobody.request(method, path, json={"prompt": "x"})
                assert answer.status_code == 401, (auth, path, answer.text)
                assert answer.json()["error"] == "invalid_api_key"
                assert answer.headers["www-authenticate"].startswith("Basic ")
                assert wrong not in answer.text
    for auth in (("tavern", playground.key), (playground.key, "")):
        async with httpx.AsyncClient(base_url=playground.url, auth=auth) as program:
            assert (await program.get("/sdapi/v1/options")).status_code == 200
            for path in ("/v1/models", "/sdapi", "/sdapiv1"):
                assert (await program.get(path)).status_code in (303, 401), path
    async with basic(playground, headers={"Origin": "http://evil.com"}) as foreign:
        assert (await foreign.post(TXT2IMG, json=open_webui())).status_code == 403
    assert playground.platform.posts == 0


async def test_who_wants_no_files_is_told_where_they_are(playground: Playground) -> None:
    async with playground.client() as client:
        style = {"name": "vivid", "prompt": "{prompt}, in vivid colours"}
        await client.post("/api/styles", json=style)
        body = open_webui(send_images=False, styles=["vivid"])
        made = (await client.post(TXT2IMG, json=body)).json()
    assert made["images"] == [] and sent(playground)["prompt"] == "a cat, in vivid colours"
    (image,) = json.loads(made["info"])["playground"]["ids"]
    assert await playground.studio.gallery.image(image) is not None
