"""A1111's png-info, asked as the example of its wiki does."""

from __future__ import annotations

import base64
import io
import json

import pytest
from PIL import Image, PngImagePlugin

from tests.http.faults import picture
from tests.ui.programs.conftest import Playground
from tests.ui.programs.test_a1111_lists import basic


async def test_an_image_that_was_just_made_is_read_and_kept_with_its_text(
    playground: Playground,
) -> None:
    """The example of A1111's wiki, API; from it aiyabot: core/stablecog.py.

    There `info` goes into `add_text`, which takes a text alone.
    """
    async with basic(playground) as client:
        wanted = {"prompt": "a cat, sitting", "steps": 5, "width": 512, "height": 256, "seed": 7}
        made = (await client.post("txt2img", json=wanted)).json()
        for i in made["images"]:
            image = Image.open(io.BytesIO(base64.b64decode(i.split(",", 1)[0])))
            payload = {"image": "data:image/png;base64," + i}
            told = (await client.post("png-info", json=payload)).raise_for_status().json()
            pnginfo = PngImagePlugin.PngInfo()
            pnginfo.add_text("parameters", told.get("info"))
            image.save(io.BytesIO(), "PNG", pnginfo=pnginfo)
    assert told["info"] == json.loads(made["info"])["infotexts"][0] == image.info["parameters"]
    assert told["items"] == {"parameters": told["info"]}
    assert told["parameters"]["Prompt"] == "a cat, sitting"
    assert (told["parameters"]["Steps"], told["parameters"]["Seed"]) == ("5", "7")
    assert told["parameters"]["Negative prompt"] == ""


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
async def test_an_image_without_a_text_has_an_empty_one(
    playground: Playground, format: str
) -> None:
    image = base64.b64encode(picture(format)).decode()
    async with basic(playground) as client:
        told = await client.post("png-info", json={"image": image})
    assert told.json() == {"info": "", "items": {}, "parameters": {}}


async def test_what_is_no_image_is_refused_and_no_address_is_followed(
    playground: Playground,
) -> None:
    """A1111 itself fetches an image that is named by its address; here nothing does."""
    words = base64.b64encode(b"no image").decode()
    wrong = [
        "",
        "data:image/png;base64",
        "?",
        words,
        f"{playground.platform.base_url}/1.png",
        None,
        7,
    ]
    async with basic(playground) as client:
        for image in wrong:
            answer = await client.post("png-info", json={"image": image})
            assert answer.status_code == 400, (image, answer.text)
            assert list(answer.json()) == ["error", "detail", "body", "errors"]
        large = await client.post("png-info", json={"image": "A" * 20_000_000})
    assert large.status_code == 413
    assert not [one for one in playground.platform.requests if one.path.endswith(".png")]
