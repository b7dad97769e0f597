"""Whatever file is brought: it is read or not, and nothing breaks, in it or in what comes of it."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backend.catalogue.load import load_catalogue
from backend.errors import BadAnswer, InvalidInput
from backend.exchange import html_sheet
from backend.images import containers, exif, metadata, pictures, strip
from backend.images.infotext import infotext
from backend.recipes import foreign, link
from backend.recipes.fitting import fit
from backend.recipes.foreign.a1111 import from_infotext
from tests.fuzz.inputs import changed, damaged, json_values, numbers, scalars, texts
from tests.unit import foreign_files as files
from tests.unit import foreign_notes as notes
from tests.unit import image_files
from ui.language.languages import ENGLISH

MODELS = load_catalogue()
NODES = ("class_type", "inputs", "text", "seed", "steps", "cfg", "width", "height", "positive",
         "negative", "samples", "model", "ckpt_name", "widgets_values", "nodes", "links", "type",
         "sui_image_params", "prompt", "metadata", "positive_prompt", "image", "_meta")  # fmt: skip
KEYWORDS = ("parameters", "prompt", "workflow", "invokeai_metadata", "sd-metadata", "Dream",
            "Comment", "Description", "Source", "parameters-json", "generation_data",
            "Nmkdiffusers", "XML:com.adobe.xmp",
            "fooocus_scheme", "Software", metadata.KEYWORD.decode())  # fmt: skip

anything = json_values(NODES, st.lists(st.one_of(st.sampled_from("0369"), scalars), max_size=3))
own = image_files.to_json(image_files.record(), model_label="M", app_version="1").decode()
documents = st.sampled_from(
    [
        *(files.COMFY, files.COMFY_FLUX, files.WORKFLOW, files.SWARMUI, files.FOOOCUS),
        *(files.INVOKEAI, files.SD_METADATA, json.loads(own)),
        *(notes.NOVELAI, notes.NOVELAI_V4, notes.RUINED, notes.EASY, notes.DRAW_THINGS),
        *(notes.STABILITY_MATRIX, notes.NMKD, notes.ARTROOM, notes.SPACE, notes.FOOOCUS_MRE),
    ]
).flatmap(lambda document: changed(document, anything))
infotexts = st.builds(
    lambda text, at, piece: text[:at] + piece + text[at:],
    st.sampled_from(
        [files.A1111, files.DREAM, files.FOOOCUS_TEXT, notes.SDCPP, notes.MOCHI, notes.MIDJOURNEY]
    ),
    st.integers(0, 500),
    st.one_of(texts, numbers.map(str), st.sampled_from(["\nNegative prompt:", "Size: 1x", ',"'])),
)
told = st.one_of(documents.map(json.dumps), anything.map(json.dumps), infotexts, texts)
encodings = st.sampled_from(files.COMMENTS)


@st.composite
def written(draw: Any) -> bytes:
    """Return a file with texts in it as one of the programs writes them."""
    kind = draw(st.sampled_from(["png", "JPEG", "WEBP"]))
    if kind == "png":
        named = draw(st.dictionaries(st.sampled_from(KEYWORDS), told, max_size=3))
        chunks = [files.chunk_itxt, files.chunk_raw, files.chunk_packed]
        named = {k: v.encode("utf-8", "replace").decode() for k, v in named.items()}
        return files.png(named, draw(st.sampled_from(chunks)))
    text = draw(told).encode("utf-8", "replace").decode()
    if draw(st.booleans()):
        return files.commented(kind, draw(encodings)(text)[:60_000])
    tag = draw(st.sampled_from([0x010E, 0x010F, 0x0110, 0x0131, 0x927C, 0x9286]))
    lead = draw(st.sampled_from(["", "prompt:", "workflow:"]))
    return files.tagged(kind, {tag: lead + text[:60_000]})


plain = [files.saved(kind) for kind in ("PNG", "JPEG", "WEBP")]
ours = st.sampled_from([*plain, *(image_files.put(data) for data in plain)])
brought = st.one_of(written(), damaged(written()), damaged(ours), st.binary(max_size=200))


@contextmanager
def nothing_said() -> Iterator[None]:
    """Fail where the reader met what it did not foresee: it says so to the log alone."""
    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(handler.format(record))  # type: ignore[method-assign]
    logger = logging.getLogger("backend.recipes.foreign")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
    assert said == []


@given(brought)
def test_any_file_is_read_without_surprise_and_what_it_says_fits_or_is_refused(data: bytes) -> None:
    with nothing_said():
        recipe = foreign.read(data)
    if recipe is None:
        return
    taken = fit(recipe, MODELS)
    json.dumps([taken.values, taken.dropped, taken.unknown], allow_nan=False).encode()
    assert taken.text and taken.text.encode() and len(taken.text) < 5_000
    try:
        text = link.encode(recipe)
    except InvalidInput as error:
        assert error.message
    else:
        assert fit(link.decode(text), MODELS).values == taken.values, "a link loses something"


# Lines that the format has for itself cannot be told from a prompt's own: it has no escape.
of_the_format = re.compile(r"\s*(steps|negative prompt|(negative )?template):", re.IGNORECASE)
prompts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=200),
    st.lists(st.sampled_from(["{", '"a": 1}', "a: b,", "Seed: 3, Size: 9x9", "<lora:x:1>", "[1]",
                              "a. Steps: 3, Seed: 4", "it says Negative prompt: no", ","])
             ).map("\n".join),
).map(str.strip).filter(
    lambda text: not any(of_the_format.match(line) for line in text.split("\n"))
)  # fmt: skip


@given(prompts, prompts, st.integers(0, 2**32 - 1), st.integers(1, 100))
def test_an_infotext_of_ours_is_read_exactly(
    prompt: str, negative: str, seed: int, steps: int
) -> None:
    about = image_files.record(prompt, negative, seed)
    values = {**about.request.values, "num_steps": steps}
    about = replace(about, request=replace(about.request, values=values))
    text = infotext(about, model_label="M", app_version="1")
    found = from_infotext(text)
    wanted = {"prompt": prompt, "negative_prompt": negative}
    wanted = {name: told for name, told in wanted.items() if told}
    assert {name: found.values.get(name) for name in wanted} == wanted
    assert (found.values["seed"], found.values["num_steps"]) == (seed, steps)
    assert (found.source, found.model, found.values["width"]) == ("own", "M", 96)
    data = image_files.put(plain[1], about)
    exact = foreign.read(data)
    assert exact is not None and exact.values.get("prompt", "") == prompt


@given(brought)
def test_our_own_record_is_read_or_nothing_is(data: bytes) -> None:
    found = metadata.read(data)
    if found is None:
        return
    with suppress(BadAnswer):  # what stands behind our record may be damaged all the same
        again = metadata.embed(data, found.record, model_label="M", app_version="1")
        read = metadata.read(again)
        assert read is not None and read.record.request == found.record.request


@given(brought)
def test_a_record_goes_into_any_picture_that_can_be_taken_apart(data: bytes) -> None:
    record = image_files.record()
    try:
        marked = metadata.embed(data, record, model_label="M", app_version="1")
    except BadAnswer as error:
        assert error.message
        return
    found = metadata.read(marked)
    assert found is not None and found.record.request == record.request
    assert containers.header(marked).width_px == containers.header(data).width_px


@given(brought)
def test_pictures_are_drawn_small_stripped_and_checked_or_called_bad(data: bytes) -> None:
    for deed in (pictures.verify, pictures.thumbnail_webp, strip.strip, containers.header):
        try:
            assert deed(data)
        except BadAnswer as error:
            assert error.message


@given(st.one_of(st.binary(max_size=200), damaged(st.just(exif.written("a fox", 6)))))
def test_exif_of_any_kind_is_texts_and_an_orientation(tiff: bytes) -> None:
    assert exif.orientation(tiff) in range(1, 9)
    assert all(isinstance(text, str) for text in exif.texts(tiff, 1_000).values())


@given(st.one_of(texts, damaged(st.binary(max_size=60)).map(lambda data: data.decode("latin-1"))))
def test_a_link_of_any_text_is_a_recipe_or_refused(text: str) -> None:
    try:
        recipe = link.decode(text)
    except InvalidInput as error:
        assert error.message
    else:
        assert fit(recipe, MODELS).text


sheet = b"".join(
    html_sheet.html_sheet(
        [image_files.record()], lambda record: None, models=MODELS, reader=ENGLISH
    )
)


@given(st.one_of(damaged(st.just(sheet)), st.binary(max_size=200)))
def test_a_sheet_of_any_kind_is_recipes_or_refused(data: bytes) -> None:
    assert html_sheet.is_page(data) in (True, False)
    try:
        recipes = html_sheet.on_sheet(data)
    except InvalidInput as error:
        assert error.message
    else:
        assert all(fit(recipe, MODELS).text for recipe in recipes)
