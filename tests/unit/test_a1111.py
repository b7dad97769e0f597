"""AUTOMATIC1111's API: what is sent, and what sd-server, the web UI and Forge answer."""

from __future__ import annotations

import base64
import json

import pytest

from backend.errors import AccessDenied, BadAnswer, KeyRejected, LookupFailed, Refused
from backend.providers.a1111 import A1111
from backend.types import GenerationRequest, WireCall
from tests.http.faults import png
from tests.unit.provider_answers import answer, told

SERVER = A1111()
CAT = GenerationRequest(
    "dreamshaper_8.safetensors",
    "a flying cat",
    {
        "negative_prompt": "people",
        "width": 512,
        "height": 768,
        "num_steps": 20,
        "guidance_scale": 6.5,
        "sampler": "DPM++ 2M",
        "scheduler": "Karras",
    },
    seed=42,
)


def made(info: str) -> bytes:
    """Return an answer as modules/api/models.py of both has it: TextToImageResponse."""
    image = base64.b64encode(png(64, 64)).decode()
    return json.dumps({"images": [image, image], "parameters": {}, "info": info}).encode()


# --- what is sent -----------------------------------------------------------------------------


def test_a_request_in_the_api_s_own_names() -> None:
    assert SERVER.build(CAT) == WireCall(
        "POST",
        "/sdapi/v1/txt2img",
        {
            "prompt": "a flying cat",
            "negative_prompt": "people",
            "width": 512,
            "height": 768,
            "steps": 20,
            "cfg_scale": 6.5,
            "sampler_name": "DPM++ 2M",
            "scheduler": "Karras",
            "seed": 42,
            "batch_size": 1,
            "n_iter": 1,
            "override_settings": {"sd_model_checkpoint": "dreamshaper_8.safetensors"},
            "send_images": True,
            "save_images": False,
        },
    )


def test_what_was_not_given_is_not_sent_and_no_seed_is_a_random_one() -> None:
    call = SERVER.build(GenerationRequest("m", "a", {"sampler": None, "width": 64}))
    assert call.json == {
        "prompt": "a",
        "width": 64,
        "seed": -1,
        "batch_size": 1,
        "n_iter": 1,
        "override_settings": {"sd_model_checkpoint": "m"},
        "send_images": True,
        "save_images": False,
    }


MARK, END = "<sd_cpp_extra_args>", "</sd_cpp_extra_args>"


@pytest.mark.parametrize(
    ("prompt", "sent"),
    [
        (f'a cat{MARK}{{"seed": 1}}{END}', 'a cat{"seed": 1}'),
        ("<sd_cpp_<sd_cpp_extra_args>extra_args>{}</sd_cpp_extra_args>", "{}"),
        (f"{END}{MARK}", ""),
        ("<lora:cat:0.8> a | b <b>", "<lora:cat:0.8> a | b <b>"),
    ],
)
def test_a_prompt_gives_sd_server_no_orders(prompt: str, sent: str) -> None:
    call = SERVER.build(GenerationRequest("m", prompt))
    assert call.json is not None and call.json["prompt"] == sent


# --- what is answered -------------------------------------------------------------------------


def test_sd_server_s_image_and_no_seed_where_it_tells_none() -> None:
    raw = SERVER.parse(answer("sdapi_txt2img"))
    assert raw.data == base64.b64decode(told("sdapi_txt2img")["images"][0])
    assert (raw.seconds, raw.seed) == (None, None)


@pytest.mark.parametrize(
    ("info", "seed"),
    [
        ('{"seed": 7, "all_seeds": [9, 10]}', 9),
        ('{"seed": 7}', 7),
        ('{"seed": 18446744073709551615}', 2**64 - 1),
        ('{"seed": 18446744073709551616}', None),
        ('{"seed": -1}', None),
        ('{"seed": true, "all_seeds": []}', None),
        ('{"seed": "7"}', None),
        ("", None),
        ("{", None),
        ("[" * 5_000, None),
        ("\ud800", None),
    ],
)
def test_the_seed_that_was_told(info: str, seed: int | None) -> None:
    raw = SERVER.parse(made(info))
    assert (raw.data, raw.seed) == (png(64, 64), seed)


@pytest.mark.parametrize(
    ("info", "told"),
    [
        ({"sd_model_name": "dream", "sd_model_hash": "a1b2c3d4e5"}, ("dream", "a1b2c3d4e5")),
        ({"sd_model_name": "a\nb", "sd_model_hash": "no hash"}, ("a b", "")),
        ({"sd_model_name": 7, "sd_model_hash": ["a1b2c3d4e5"]}, ("", "")),
        ({"sd_model_hash": "8" * 10}, ("", "")),  # what sd-server says of any weights
        ({}, ("", "")),
    ],
)
def test_the_checkpoint_that_was_told(info: dict[str, object], told: tuple[str, str]) -> None:
    raw = SERVER.parse(made(json.dumps(info)))
    assert (raw.model, raw.version) == told


@pytest.mark.parametrize("images", [None, [], "x", {}, [None], [7], [""], [[]]])
def test_an_answer_without_an_image_says_so(images: object) -> None:
    with pytest.raises(BadAnswer, match="holds no image"):
        SERVER.parse(json.dumps({"images": images, "info": ""}).encode())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>Welcome", "Something in front of the platform answered with a web page."),
        (b'{"detail": "Not Found"}', 'It says: "Not Found".'),
        (b"[1, 2]", 'Something in front of the platform answered: "[1, 2]".'),
    ],
)
def test_an_answer_of_somebody_else_is_quoted(body: bytes, said: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        SERVER.parse(body)
    assert caught.value.message == f"The answer holds no image. {said}"


# --- what is offered --------------------------------------------------------------------------


def test_the_checkpoints_with_the_hash_that_tells_weights_apart() -> None:
    # As modules/api/api.py of both has it: get_sd_models.
    checkpoint = {
        "title": "v1-5-pruned-emaonly.safetensors [6ce0161689]",
        "model_name": "v1-5-pruned-emaonly",
        "hash": "6ce0161689",
        "sha256": "6ce0161689b3853acaa03779ec93eafe75a02f4ced659bee03f50797806fa2fa",
        "filename": "/models/v1-5-pruned-emaonly.safetensors",
        "config": None,
    }
    fresh = {**checkpoint, "title": "new.safetensors", "sha256": None, "hash": None}
    short = {**checkpoint, "title": "half [6ce0161689]", "sha256": None}
    body = json.dumps([checkpoint, fresh, short, {"title": ""}, None]).encode()
    models = SERVER.parse_models(body)
    assert [(model.id, model.version) for model in models] == [
        ("v1-5-pruned-emaonly.safetensors", checkpoint["sha256"]),
        ("new.safetensors", ""),
        ("half", "6ce0161689"),
    ]
    assert all(model.makes_images and model.price is None for model in models)


def test_sd_server_s_model_and_its_hash_that_is_none() -> None:
    (model,) = SERVER.parse_models(answer("sdapi_sd_models"))
    assert (model.id, model.version) == ("tiny", "")


def test_samplers_and_schedulers_are_asked_for() -> None:
    calls = SERVER.choices_calls()
    assert {name: call.path for name, call in calls.items()} == {
        "sampler": "/sdapi/v1/samplers",
        "scheduler": "/sdapi/v1/schedulers",
    }
    samplers = SERVER.parse_choices("sampler", answer("sdapi_samplers"))
    assert samplers[:3] == ("default", "euler", "euler_a") and len(samplers) == 16
    assert "karras" in SERVER.parse_choices("scheduler", answer("sdapi_schedulers"))
    forge = [{"name": "karras", "label": "Karras", "aliases": None}, {"name": "simple"}, {}, 1]
    assert SERVER.parse_choices("scheduler", json.dumps(forge).encode()) == ("Karras", "simple")
    with pytest.raises(LookupFailed, match="Nothing was charged"):
        SERVER.parse_choices("sampler", b"{}")


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "kind", "told"),
    [
        # The web UI's handle_exception, and FastAPI's own; then sd-server's, as they came.
        (
            500,
            {
                "error": "OutOfMemoryError",
                "detail": "",
                "body": "",
                "errors": "CUDA out of memory.",
            },
            Refused,
            '"CUDA out of memory".',
        ),
        (
            404,
            {"error": "HTTPException", "detail": "Sampler not found", "body": "", "errors": ""},
            Refused,
            "Sampler not found",
        ),
        (401, {"detail": "Incorrect username or password"}, KeyRejected, "Incorrect username"),
        (403, {"detail": "no"}, AccessDenied, "no"),
        (
            422,
            {"detail": [{"loc": ["body", "width"], "msg": "value is not a valid integer"}]},
            Refused,
            "width: value is not",
        ),
        (400, {"error": "prompt required"}, Refused, "prompt required"),
        (500, {"error": "server_error", "message": "type must be number"}, Refused, "type must be"),
    ],
)
def test_a_refusal_is_told_in_the_server_s_words_and_leaves_no_doubt(
    status: int, body: object, kind: type[Exception], told: str
) -> None:
    error = SERVER.explain(status, {}, json.dumps(body).encode())
    assert isinstance(error, kind) and told in error.message
    assert not error.maybe_charged and "Nothing was charged." in error.hint
