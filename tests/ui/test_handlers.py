"""The page's handlers, called directly over a fake studio."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from backend.catalogue.shapes import ASPECTS
from backend.errors import NoAnswer
from backend.styles.kinds import Style
from backend.types import GenerationRequest, Origin, ParamSpec
from tests.ui.fake_studio import FLUX, SDXL, FakeStudio
from ui.door.press import clock
from ui.door.visitor import COOKIE
from ui.page.form import Form, build_form
from ui.page.handlers import Handlers
from ui.page.widget import aspect_of, model_groups
from ui.present.words import mode_text

ME = "a" * 32
TOKEN = "f" * 32


def request(visitor: str = ME) -> Any:
    return SimpleNamespace(cookies={COOKIE: visitor})


def event(**data: object) -> Any:
    return SimpleNamespace(_data=data)


def build(studio: FakeStudio) -> Handlers:
    with gr.Blocks(analytics_enabled=False):
        form = build_form(studio.account.models)
    return Handlers(studio, form)


@pytest.fixture
async def do(studio: FakeStudio, form: Form) -> Handlers:
    return Handlers(studio, form)


def filled(form: Form, *, token: str = TOKEN, random: bool = True, **changes: object) -> list[Any]:
    """Return what the page sends at a click, with `changes` to the start values."""
    values = {name: widget.value for name, widget in form.params.items()} | {"prompt": "a cat"}
    head: dict[str, object] = {"basis": None, "model": FLUX, "count": 1}
    head |= {"templates": None, "styles": []}
    for name, value in changes.items():
        (head if name in head else values)[name] = value
    return [token, random, *head.values(), *values.values()]


# --- generating ----------------------------------------------------------------------------------


async def test_click_starts_one_job_per_token_for_its_visitor(
    studio: FakeStudio, do: Handlers
) -> None:
    first = await do.generate(request(), *filled(do.form, count=3))
    again = await do.generate(request(), *filled(do.form, count=3))
    assert first["kind"] == "job"
    assert len(first["job"]["runs"]) == 3
    assert first["job"]["id"] == again["job"]["id"]
    assert studio.jobs.started[first["job"]["id"]].owner == ME


async def test_random_switch_drops_the_seed_and_only_then(studio: FakeStudio, do: Handlers) -> None:
    await do.generate(request(), *filled(do.form, random=False, seed=42))
    await do.generate(request(), *filled(do.form, random=True, seed=42))
    seeds = [s["requests"][0].seed for s in studio.submissions]
    assert seeds[0] == 42
    assert seeds[1] not in (42, None)


async def test_what_the_model_lacks_is_not_sent(studio: FakeStudio, do: Handlers) -> None:
    await do.generate(request(), *filled(do.form, negative_prompt="dogs"))
    assert "negative_prompt" not in studio.submissions[0]["requests"][0].values


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"prompt": "  "}, "prompt"),
        ({"prompt": "x" * 10_001}, "prompt"),
        ({"prompt": "nul \x00"}, "prompt"),
        ({"prompt": "lone \ud800"}, "prompt"),
        ({"width": 1000}, "width"),
        ({"width": None}, "width"),
        ({"height": 99999}, "height"),
        ({"num_steps": "many"}, "num_steps"),
        ({"seed": -1, "random": False}, "seed"),
        ({"seed": 2**32, "random": False}, "seed"),
        ({"count": 0}, "count"),
        ({"count": 9}, "count"),
        ({"model": "no/such"}, "model"),
        ({"model": ["x"]}, "model"),
    ],
)
async def test_bad_input_is_refused_at_its_field_and_sends_nothing(
    studio: FakeStudio, do: Handlers, changes: dict[str, Any], field: str
) -> None:
    told = await do.generate(request(), *filled(do.form, **changes))
    assert told["kind"] == "error"
    assert told["error"]["field"] == field
    assert told["error"]["message"].endswith(".")
    assert studio.submissions == []


async def test_lineage_follows_the_chip_while_its_image_is_stored(
    studio: FakeStudio, do: Handlers
) -> None:
    stored = studio.put(GenerationRequest(FLUX, "a lamp", {}, 7)).id
    for kind in ("reused", "seed", "prompt", "model"):
        chip = {"origin": {"id": stored, "kind": kind}, "title": "x", "text": "y"}
        await do.generate(request(), *filled(do.form, basis=chip))
        assert studio.submissions[-1]["origin"] == Origin(stored, kind)
    for forged in (
        None,
        "rubbish",
        {},
        {"origin": None},
        {"origin": stored},
        {"origin": {"id": "0" * 32, "kind": "reused"}},
        {"origin": {"id": stored, "kind": "neighbour"}},
        {"origin": {"id": stored, "kind": ["reused"]}},
        {"origin": {"id": [stored], "kind": "reused"}},
    ):
        told = await do.generate(request(), *filled(do.form, basis=forged))
        assert told["kind"] == "job"
        assert studio.submissions[-1]["origin"] is None


async def test_stop_ends_what_was_not_sent_and_says_so(studio: FakeStudio, do: Handlers) -> None:
    told = await do.generate(request(), *filled(do.form, prompt="slow cat", count=3))
    job = studio.jobs.started[told["job"]["id"]]
    async for run in job.events():
        if run.state == "sent":
            break
    others = await do.stop(request("b" * 32))
    assert others["text"] == "Nothing is running."
    note = await do.stop(request())
    assert note["text"] == (
        "1 image was already sent and will still arrive and be stored; 2 were not sent."
    )
    studio.release.set()
    assert [run.state for run in await job.wait()] == ["saved", "cancelled", "cancelled"]


async def test_stop_is_heard_after_another_image_of_the_batch_failed(
    studio: FakeStudio, do: Handlers
) -> None:
    told = await do.generate(request(), *filled(do.form, prompt="slow cat", count=3))
    job = studio.jobs.started[told["job"]["id"]]
    async for run in job.events():
        if run.state == "sent":
            break
    job.give_up(NoAnswer("The connection broke."))
    await do.stop(request())
    assert job.stopped_by_user
    studio.release.set()
    await job.wait()


async def test_retry_and_dismiss_act_on_ones_own_runs_alone(
    studio: FakeStudio, do: Handlers
) -> None:
    told = await do.generate(request(), *filled(do.form, prompt="unknown cat"))
    run = told["job"]["runs"][0]["id"]
    stranger = request("b" * 32)
    assert (await do.retry(stranger, event(run=run)))["kind"] == "note"
    await do.dismiss(stranger, event(run=run))
    assert studio.jobs.dismissed == set()
    assert (await do.retry(request(), event(run=run)))["kind"] == "job"
    assert studio.submissions[-1]["anew"] is True
    assert (await do.dismiss(request(), event(run=run))) == {"kind": "dismissed", "run": run}
    assert studio.jobs.dismissed == {run}


async def test_generate_anew_sends_the_cards_request_past_the_cache(
    studio: FakeStudio, do: Handlers
) -> None:
    form = filled(do.form, random=False, seed=42)
    await do.generate(request(), *form)
    told = await do.generate(request(), *filled(do.form, token="e" * 32, random=False, seed=42))
    run = told["job"]["runs"][0]["id"]
    asked = studio.submissions[-1]["requests"]
    assert (await do.anew(request(), event(run=run, token="c" * 32)))["kind"] == "job"
    sent = studio.submissions[-1]
    assert (sent["requests"], sent["owner"], sent["anew"]) == (asked, ME, True)
    assert (await do.anew(request(), event(run="0" * 32)))["kind"] == "note"


async def test_a_card_that_was_pressed_says_so_and_the_same_press_is_the_same_job(
    studio: FakeStudio, do: Handlers
) -> None:
    told = await do.generate(request(), *filled(do.form, prompt="unknown cat"))
    run = told["job"]["runs"][0]["id"]
    assert told["job"]["runs"][0]["tried_again"] is None
    first = await do.retry(request(), event(run=run, token="c" * 32))
    assert first["tried"]["id"] == run
    assert first["tried"]["tried_again"]["run"] == first["job"]["runs"][0]["id"]
    again = await do.retry(request(), event(run=run, token="c" * 32))
    assert again["job"]["id"] == first["job"]["id"]
    other_tab = await do.retry(request(), event(run=run, token="d" * 32))
    assert other_tab["kind"] == "tried" and "tried again already" in other_tab["text"]
    assert other_tab["run"]["tried_again"] == first["tried"]["tried_again"]
    assert len(studio.jobs.started) == 2


@pytest.mark.parametrize("token", ["x", "f" * 33, "f" * 10_000, ["f" * 32], 7])
async def test_a_press_with_a_token_of_another_form_sends_nothing(
    studio: FakeStudio, do: Handlers, token: object
) -> None:
    told = await do.generate(request(), *filled(do.form, prompt="unknown cat"))
    run = told["job"]["runs"][0]["id"]
    for press in (do.retry, do.anew):
        assert (await press(request(), event(run=run, token=token)))["kind"] == "error"
    if isinstance(token, str):
        assert (await do.generate(request(), *filled(do.form, token=token)))["kind"] == "error"
    assert len(studio.submissions) == 1


async def test_a_press_that_the_browser_held_back_sends_nothing(
    studio: FakeStudio, do: Handlers
) -> None:
    told = await do.generate(request(), *filled(do.form, prompt="unknown cat"))
    run = told["job"]["runs"][0]["id"]
    start, ms = clock().split("-")
    held_back = f"{'c' * 32} {start}-{int(ms) - 6000}"
    for answer in (
        await do.generate(request(), *filled(do.form, token=held_back)),
        await do.retry(request(), event(run=run, token=held_back)),
    ):
        assert answer["kind"] == "error"
        assert "s late, so nothing was sent" in answer["error"]["message"]
    assert len(studio.submissions) == 1
    in_time = f"{'c' * 32} {start}-{int(ms) - 1000}"
    assert (await do.generate(request(), *filled(do.form, token=in_time)))["kind"] == "job"


@pytest.mark.parametrize("data", [{}, {"id": None}, {"id": ["x"]}, {"run": 5}])
async def test_events_with_rubbish_in_them_do_nothing(
    studio: FakeStudio, do: Handlers, data: dict[str, Any]
) -> None:
    for handler in (do.anew, do.retry):
        assert (await handler(request(), event(**data)))["kind"] == "note"
    assert (await do.dismiss(request(), SimpleNamespace(_data=None)))["run"] == ""
    assert studio.submissions == []


# --- the form ------------------------------------------------------------------------------------


async def test_example_is_found_by_its_number(do: Handlers) -> None:
    prompt, basis, random = await do.example(event(index=0))
    assert "lighthouse" in prompt.lower()
    assert basis is None, "an example is based on no image"
    assert random is True, "no seed that was kept for another prompt"
    for bad in (99, -1, "0", None):
        assert await do.example(event(index=bad)) == [gr.skip()] * 3


async def test_deal_follows_model_and_count_on_the_platform(tmp_path: Path, form: Form) -> None:
    do = Handlers(FakeStudio(tmp_path, platform=True), form)

    async def deal(**changes: object) -> tuple[str, str]:
        told = await do.deal(*filled(form, **changes))
        return told["makes"], told["costs"]

    assert await deal(model=SDXL, count=4) == ("Generate 4 images", "$0.036")
    assert await deal(model=SDXL, count="2") == ("Generate 2 images", "$0.018")
    assert await deal(model=FLUX, count=4) == ("Generate 4 images", "no price listed")
    assert await deal(model=None, count="x") == ("Generate 1 image", "no price listed")
    assert await deal(model=["x"], random=False) == ("Generate 1 image", "no price listed")
    assert await do.account() == (
        "Left today: 177 requests · Balance $1,228.56\nUsed today: 3 requests"
    )


async def test_deal_knows_what_is_made_already(studio: FakeStudio, do: Handlers) -> None:
    async def costs(**changes: object) -> str:
        return (await do.deal(*filled(do.form, **changes)))["costs"]

    kept = {"random": False, "seed": 7}
    assert await costs(**kept, count=4) == "free"
    for request in do.studio.prepare(FLUX, do.form.collect(filled(do.form, **kept)).raw, 2):
        studio.put(request)
    assert await costs(**kept, count=2) == "free, already made"
    assert await costs(**kept, count=4) == "free, 2 of 4 are stored"
    assert await costs(count=2) == "free", "a random seed is another one each time"
    assert await costs(**kept, count=2, prompt="another") == "free"
    assert await costs(**kept, count=2, width=1000) == "free", "what is refused costs nothing more"


async def test_what_was_not_sent_is_made_once(studio: FakeStudio, do: Handlers) -> None:
    told = await do.generate(request(), *filled(do.form, prompt="slow cat", count=3))
    job = studio.jobs.started[told["job"]["id"]]
    async for run in job.events():
        if run.state == "sent":
            break
    await do.stop(request())
    assert (await do.stop(request()))["text"] == "1 is still on its way."
    studio.release.set()
    runs = [run.id for run in await job.wait() if run.state == "cancelled"]
    stranger = await do.rest(request("b" * 32), event(runs=runs, token="c" * 32))
    assert stranger["kind"] == "error"
    made = await do.rest(request(), event(runs=runs, token="c" * 32))
    assert [run["seed"] for run in made["job"]["runs"]] == [
        run.request.seed for run in job.runs[1:]
    ]
    assert [run["tried_again"] is not None for run in made["renewed"]] == [True, True]
    same = await do.rest(request(), event(runs=runs, token="c" * 32))
    assert same["job"]["id"] == made["job"]["id"]
    other_tab = await do.rest(request(), event(runs=runs, token="d" * 32))
    assert other_tab["kind"] == "tried"
    for rubbish in ({}, {"runs": None}, {"runs": "x"}, {"runs": [["x"], 7]}):
        assert (await do.rest(request(), event(**rubbish)))["kind"] == "error"
    assert len(studio.submissions) == 2


# --- the code ------------------------------------------------------------------------------------


async def test_code_shows_the_form_with_the_seed_that_stands_in(do: Handlers) -> None:
    told = await do.code(*filled(do.form, token="1234", random=True, width=1248))
    assert told["note"] == ""
    for language in ("curl", "python", "javascript"):
        assert "1234" in told[language]
        assert "1248" in told[language]
        assert "negative" not in told[language]
    fixed = await do.code(*filled(do.form, token="1234", random=False, seed=42))
    assert '"seed": 42' in fixed["curl"]


async def test_code_without_a_prompt_says_that_an_example_stands_in(do: Handlers) -> None:
    told = await do.code(*filled(do.form, prompt=""))
    assert "example" in told["note"]
    assert "lighthouse" in told["curl"]


async def test_code_of_a_form_that_cannot_be_sent_says_why(do: Handlers) -> None:
    told = await do.code(*filled(do.form, width=1000))
    assert told["note"].startswith("Width must be a multiple of 16.")
    assert "curl" not in told


# --- the catalogue on the page -------------------------------------------------------------------


async def test_new_parameters_of_a_users_model_get_widgets_by_their_kind(
    studio: FakeStudio, tmp_path: Path
) -> None:
    new = (
        ParamSpec("style", "text", "Style", "photo", choices=("photo", "ink")),
        ParamSpec("strength", "number", "Strength", 0.5, 0.0, 1.0, 0.05),
        ParamSpec("variant", "integer", "Variant", 1, 0, 10_000_000, 1),
        ParamSpec("note", "text", "Note", maximum=100),
    )
    flux = studio.account.models[FLUX]
    other = replace(flux, id="user/new", label="New", params=(*flux.params, *new))
    form = build(FakeStudio(tmp_path, models={FLUX: flux, other.id: other})).form
    kinds = {name: type(form.params[name]) for name in ("style", "strength", "variant", "note")}
    assert kinds == {
        "style": gr.HTML,
        "strength": gr.HTML,
        "variant": gr.HTML,
        "note": gr.Textbox,
    }
    assert all(widget.elem_id == name for name, widget in form.params.items())
    assert all(form.params[name].visible is False for name in kinds)


def test_choices_mark_what_the_account_lacks() -> None:
    models = {
        m: replace(FakeStudio(Path()).account.models[m], available=have)
        for m, have in ((SDXL, False), (FLUX, True))
    }
    [group] = model_groups(models, "The cloud")
    assert group["title"] == ""
    labels = [model["label"] for model in group["models"]]
    assert labels == ["SDXL 1.0 (not in your account)", "FLUX.1 schnell"]


def test_models_stand_under_the_name_of_their_connection() -> None:
    cloud = FakeStudio(Path()).account.models
    own = [
        replace(cloud[FLUX], id=f"{name}/{model}", label=model, connection=name)
        for name, model in (("home", "dream"), ("studio", "dream"), ("home", "real"))
    ]
    told = model_groups({**cloud, **{model.id: model for model in own}}, "The cloud")
    assert [(group["title"], [model["id"] for model in group["models"]]) for group in told] == [
        ("The cloud", [FLUX, SDXL]),
        ("home", ["home/dream", "home/real"]),
        ("studio", ["studio/dream"]),
    ]


def test_shapes_are_a_megapixel_in_multiples_of_sixteen() -> None:
    for name, (width, height) in ASPECTS.items():
        across, down = map(int, name.split(":"))
        assert width % 16 == height % 16 == 0
        assert width / height == pytest.approx(across / down, rel=0.01)
        assert width * height == pytest.approx(2**20, rel=0.06)
        assert aspect_of(width, height) == name
    assert aspect_of(1024, 1008) is None


def test_header_names_the_host_alone() -> None:
    assert mode_text("sentry_block", "https://cloud.example:8443/api/v1") == "cloud.example"
    assert mode_text("offline", None) == "Sample engine"


# --- braces that are choices ---------------------------------------------------------------------

SIX = "a {red|green|blue} {fox|cat}"


@pytest.mark.parametrize(
    ("count", "makes", "text"),
    [
        (8, "Generate 6 images", "6 prompts, each is made."),
        (4, "Generate 4 images", "4 of 6 prompts are made, chosen at random."),
    ],
)
async def test_generate_says_and_makes_as_many_as_the_template_holds(
    studio: FakeStudio, do: Handlers, count: int, makes: str, text: str
) -> None:
    form = filled(do.form, prompt=SIX, count=count, templates={"on": True, "seed": "5"})
    deal = await do.deal(*form)
    assert (deal["makes"], deal["choices"]) == (makes, {"text": text, "random": count < 6})
    await do.generate(request(), *form)
    requests = studio.submissions[0]["requests"]
    assert len({one.prompt for one in requests}) == len(requests) == min(count, 6)
    assert studio.submissions[0]["chosen"].typed.prompt == SIX


async def test_the_price_of_choices_leaves_out_what_is_stored(
    studio: FakeStudio, do: Handlers
) -> None:
    form = filled(
        do.form,
        prompt="a {red|green} fox",
        count=2,
        random=False,
        seed=7,
        templates={"on": True, "seed": ""},
    )
    found = await studio.resolve(FLUX, do.form.collect(form).raw, 2, "")
    first = studio.prepare_resolved(FLUX, do.form.collect(form).raw, found)[0]
    studio.put(first)
    assert "1 of 2 are stored" in str((await do.deal(*form))["costs"])


async def test_braces_are_braces_while_the_switch_is_off(studio: FakeStudio, do: Handlers) -> None:
    for templates in (None, {"on": False, "seed": "5"}, "on", {"on": 1}):
        form = filled(do.form, prompt=SIX, count=2, templates=templates)
        assert (await do.deal(*form))["choices"] is None
        await do.generate(request(), *form)
        assert {one.prompt for one in studio.submissions[-1]["requests"]} == {SIX}


async def test_what_is_no_template_has_no_price_and_is_refused_at_the_prompt(
    studio: FakeStudio, do: Handlers
) -> None:
    form = filled(do.form, prompt="a {red|green", templates={"on": True, "seed": ""})
    deal = await do.deal(*form)
    assert (deal["makes"], deal["costs"]) == ("Generate", "")
    assert "from character 3 on" in str(deal["choices"])
    told = await do.generate(request(), *form)
    assert told["error"]["field"] == "prompt" and studio.submissions == []


# --- styles --------------------------------------------------------------------------------------


def with_style(studio: FakeStudio, name: str = "Cinema") -> None:
    style = Style(name, "film of {prompt}")
    studio.styles.change(lambda book: (book.with_style(style), None))


async def test_styles_are_on_the_prompt_that_is_sent_and_not_on_the_one_that_was_typed(
    studio: FakeStudio, do: Handlers
) -> None:
    with_style(studio)
    told = await do.generate(request(), *filled(do.form, styles=["Cinema"]))
    [submission] = studio.submissions
    assert submission["requests"][0].prompt == "film of a cat"
    assert (submission["typed"], told["typed"]) == ("a cat", "a cat")
    await do.generate(request(), *filled(do.form, token="e" * 32))
    assert studio.submissions[1]["typed"] is None


async def test_the_price_and_the_code_are_those_of_the_prompt_with_its_styles(
    studio: FakeStudio, do: Handlers
) -> None:
    with_style(studio)
    held = {"random": False, "seed": 7}
    await do.generate(request(), *filled(do.form, styles=["Cinema"], **held))
    await next(iter(studio.jobs.started.values())).wait()
    deal = await do.deal(*filled(do.form, styles=["Cinema"], **held))
    assert deal["costs"] == "free, already made"
    assert (await do.deal(*filled(do.form, **held)))["costs"] == "free"
    assert "film of a cat" in (await do.code(*filled(do.form, styles=["Cinema"])))["python"]


async def test_a_style_that_is_gone_is_refused_at_its_place_before_anything_is_sent(
    studio: FakeStudio, do: Handlers
) -> None:
    told = await do.generate(request(), *filled(do.form, styles=["Gone"]))
    assert (told["kind"], told["error"]["field"]) == ("error", "styles")
    assert studio.submissions == []
