"""Each program is known by its own marks and read by its own rules; none is called another's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape

import pytest

from backend.recipes import foreign
from backend.recipes.sentences import SOURCES
from tests.unit import foreign_files as files
from tests.unit import foreign_notes as notes
from tests.unit.foreign_files import commented, jpeg_with, png, tagged, webp_with, xmp
from tests.unit.foreign_reading import MAIN, read, some

XMP = "XML:com.adobe.xmp"
XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"


def written(values: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}


# One flat JSON object

TRAM = ["a tram in fog", "people", 1024, 768]
FLAT = {
    "ruinedfooocus": (notes.RUINED, "harbour.safetensors", [30, 8, 2020047614]),
    "easydiffusion": (notes.EASY, "harbour", [25, 7.5, 7]),
    "drawthings": (notes.DRAW_THINGS, "harbour.ckpt", [20, 4.5, 7]),
    "stabilitymatrix": (notes.STABILITY_MATRIX, "harbour.safetensors", [20, 5, 7]),
    "nmkd": (notes.NMKD, "harbour.safetensors", [20, 7.5, 7]),
    "artroom": (notes.ARTROOM, "harbour.safetensors", [20, 7.5, 7]),
    "huggingface": (notes.SPACE, "Harbour XL", [24, 5.5, 7]),
    "fooocusmre": (notes.FOOOCUS_MRE, "harbour.safetensors", [30, 7.5, 7]),
    "mflux": (notes.MFLUX, "example/harbour", [25, 3.5, 7]),
    "wangp": (notes.WANGP, "Harbour Image 20B", [30, 4, 7]),
}
flat = pytest.mark.parametrize("source", FLAT)


@flat
def test_an_object_in_parameters_and_in_comments(source: str) -> None:
    document, model, rest = FLAT[source]
    text = json.dumps(document)
    for data in (
        png({"parameters": text}),
        png({"Comment": text}),
        commented("JPEG", files.utf16_be(text)),
        commented("WEBP", files.utf8_as_ascii(text)),
        jpeg_with(b"\xfe", text.encode()),
    ):
        found = read(data)
        assert (found.source, found.model) == (source, model)
        assert some(found, *MAIN) == TRAM + rest


def test_each_program_where_it_really_writes() -> None:
    easy = read(png(written(notes.EASY)))
    assert (easy.source, some(easy, *MAIN)) == ("easydiffusion", [*TRAM, 25, 7.5, 7])
    people = read(png(written(notes.EASY_FOR_PEOPLE)))
    assert (people.source, some(people, *MAIN)) == ("easydiffusion", [*TRAM, 25, 7.5, 7])
    for name in ("Nmkdiffusers", "GenerationInfo"):
        assert read(png({name: json.dumps(notes.NMKD)})).source == "nmkd"
    texts = {"parameters": files.A1111, "parameters-json": json.dumps(notes.STABILITY_MATRIX)}
    assert read(png({**texts, "smproj": "{}"})).source == "stabilitymatrix"
    assert read(png({"comment": json.dumps(notes.WANGP)})).source == "wangp"
    scripts = read(png(notes.SD_SCRIPTS))
    assert (scripts.source, scripts.values["sampler"]) == ("sdscripts", "ddim")
    assert some(scripts, *MAIN) == ["a tram in fog", "people", None, None, 24, 6.5, 7]
    settings = "\nArtroom Settings:\n" + json.dumps(notes.ARTROOM, indent=4) + "\nEND"
    artroom = read(tagged("PNG", {0x010E: settings}))
    assert (artroom.source, some(artroom, *MAIN)) == ("artroom", [*TRAM, 20, 7.5, 7])


def draw_things(text: str, form: str) -> str:
    inside = {
        "element": "<exif:UserComment><rdf:Alt><rdf:li xml:lang='x-default'>"
        f"{escape(text)}</rdf:li></rdf:Alt></exif:UserComment>"
        "<xmp:CreatorTool>Draw Things</xmp:CreatorTool>",
        "spaced": f"<exif:UserComment>\n <rdf:Alt>\n  <rdf:li>{escape(text)}</rdf:li></rdf:Alt>"
        "</exif:UserComment>",
        "plain": f"<exif:UserComment>{escape(text)}</exif:UserComment>",
        "cdata": f"<exif:UserComment><![CDATA[{text}]]></exif:UserComment>",
    }[form]
    return xmp(inside)


@pytest.mark.parametrize("form", ["element", "spaced", "plain", "cdata"])
def test_draw_things_in_xmp_of_every_container(form: str) -> None:
    packet = draw_things(json.dumps(notes.DRAW_THINGS), form)
    for data in (
        png({XMP: packet}),
        jpeg_with(b"\xe1", XMP_HEAD + packet.encode()),
        webp_with(b"XMP ", packet.encode()),
    ):
        found = read(data)
        assert (found.source, some(found, *MAIN)) == ("drawthings", [*TRAM, 20, 4.5, 7])
        assert "v2" not in found.values


def test_flux_is_guided_from_within_where_its_scale_is_one() -> None:
    dev = {**notes.EASY, "use_stable_diffusion_model": "flux1-dev", "guidance_scale": 1}
    for model, scale, wanted in (
        ("flux1-dev", 1, 3.5),
        ("flux1-schnell", 1, 1),
        ("harbour", 1, 1),
        ("flux1-dev", 4, 4),
    ):
        document = {
            **dev,
            "use_stable_diffusion_model": model,
            "guidance_scale": scale,
            "distilled_guidance_scale": 3.5,
        }
        found = read(png({"parameters": json.dumps(document)}))
        assert found.values["guidance_scale"] == wanted


def test_flux_is_guided_from_within_where_it_has_no_other_scale() -> None:
    document = {**notes.WANGP, "embedded_guidance_scale": 2.5}
    assert read(png({"comment": json.dumps(document)})).values["guidance_scale"] == 4
    del document["guidance_scale"]
    assert read(png({"comment": json.dumps(document)})).values["guidance_scale"] == 2.5


# Unknown programs


def test_a_program_that_is_not_known_is_read_by_plain_names_and_called_unknown() -> None:
    noted = {
        "prompt": "a tram",
        "negativePrompt": "people",
        "num_inference_steps": 30,
        "CFG Scale": "6.5",
        "seed": "42",
        "size": "640x480",
        "model": "harbour",
        "mood": "calm",
    }
    found = read(png({"parameters": json.dumps(noted)}))
    assert (found.source, found.model) == ("unknown", "harbour")
    assert some(found, *MAIN) == ["a tram", "people", 640, 480, 30, 6.5, 42]
    assert found.values["mood"] == "calm"


def test_settings_in_texts_of_their_own_are_read_by_plain_names() -> None:
    texts = {"Prompt": "a tram", "Negative Prompt": "people", "Model": "harbour", "Software": "me"}
    numbers = {"CFG Scale": "6.5", "Seed": "42", "Steps": "30", "size": "640x480"}
    found = read(png({**texts, **numbers}))
    assert (found.source, found.model) == ("unknown", "harbour")
    assert some(found, *MAIN) == ["a tram", "people", 640, 480, 30, 6.5, 42]
    assert "Software" not in found.values
    assert foreign.read(png({"Prompt": "a tram", "Author": "me"})) is None


def test_two_names_for_one_thing_that_do_not_agree_are_not_believed() -> None:
    noted = {
        "prompt": "a",
        "steps": 20,
        "num_inference_steps": 30,
        "seed": 1,
        "cfg": 7,
        "cfgScale": 7,
    }
    found = read(png({"parameters": json.dumps(noted)}))
    assert some(found, "num_steps", "steps", "num_inference_steps") == [None, 20, 30]
    assert found.values["guidance_scale"] == 7


@pytest.mark.parametrize(
    "noted",
    [
        {"prompt": "a"},
        {"seed": 1, "steps": 2},
        {"prompt": "", "seed": 1},
        {"prompt": ["a"], "seed": 1},
        {"prompt": "a", "seed": "lucky", "steps": True},
        {"title": "a cat", "width": 3},
    ],
)
def test_json_that_is_no_recipe_is_nothing(noted: files.Json) -> None:
    assert foreign.read(png({"parameters": json.dumps(noted)})) is None
    assert foreign.read(jpeg_with(b"\xfe", json.dumps(noted).encode())) is None


def test_what_looks_like_fooocus_or_invokeai_but_does_not_say_so_is_unknown() -> None:
    fooocus = {"prompt": "a", "base_model": "b", "seed": 1}
    assert read(png({"parameters": json.dumps(fooocus)})).source == "unknown"
    assert read(png({"parameters": json.dumps(fooocus), "fooocus_scheme": "fooocus"})).source == (
        "fooocus"
    )
    invoke = {"positive_prompt": "a", "seed": 1}
    assert read(png({"parameters": json.dumps(invoke)})).source == "unknown"


# Captions and texts


def test_midjourney() -> None:
    found = read(png({"Description": notes.MIDJOURNEY, "Author": "somebody"}))
    assert (found.source, found.model) == ("midjourney", "Midjourney 6.1")
    assert found.values == {
        "prompt": "a tram in fog",
        "negative_prompt": "people, cars",
        "chaos": 16,
        "aspect": "4:3",
        "version": 6.1,
        "tile": True,
        "job_id": "a7421d2f-b262-44f9-977c-ac23e9c7d3e3",
    }


@pytest.mark.parametrize(
    ("command", "prompt", "model"),
    [
        ("a -- b --niji 6", "a -- b", "Niji 6"),
        ("https://s.mj.run/x a--b", "https://s.mj.run/x a--b", "Midjourney"),
        ("--v 5", None, "Midjourney 5"),
        ("a --seed 12 --v 5.2 --raw", "a", "Midjourney 5.2"),
    ],
)
def test_midjourneys_commands(command: str, prompt: str | None, model: str) -> None:
    job = "Job ID: a7421d2f-b262-44f9-977c-ac23e9c7d3e3"
    found = read(png({"Description": f"{command} {job}"}))
    assert (found.values.get("prompt"), found.model) == (prompt, model)
    assert foreign.read(png({"Description": command})) is None
    assert foreign.read(png({"Description": f"{command} Job ID: none"})) is None


def test_mochi_diffusion() -> None:
    caption = escape(notes.MOCHI)
    packet = xmp(f"<dc:description><rdf:Alt><rdf:li>{caption}</rdf:li></rdf:Alt></dc:description>")
    found = read(png({XMP: packet}))
    assert (found.source, found.model) == ("mochi", "harbour")
    assert some(found, *MAIN) == ["a tram; in fog: grey", "people", 1024, 768, 20, 7.5, 7]


def test_stable_diffusion_cpp_where_each_container_has_it() -> None:
    packet = xmp(f"<sdcpp:parameters>{escape(notes.SDCPP)}</sdcpp:parameters>")
    for data in (
        png({"parameters": notes.SDCPP}),
        jpeg_with(b"\xfe", b"parameters\0" + notes.SDCPP.encode() + b"\0"),
        webp_with(b"XMP ", packet.encode()),
    ):
        found = read(data)
        assert (found.source, found.model) == ("sdcpp", "harbour-q8.gguf")
        assert some(found, *MAIN) == [*TRAM, 20, 7.0, 7]


def test_stable_diffusion_cpps_guidance_is_that_of_the_model_that_has_one() -> None:
    text = notes.SDCPP.replace("7.000000", "1.000000")
    for unet, wanted in (("flux1-dev-q8.gguf", 3.5), ("flux1-schnell-q8.gguf", 1.0)):
        found = read(png({"parameters": text.replace("harbour-q8.gguf", unet)}))
        assert found.values["guidance_scale"] == wanted


def test_artbot_writes_the_infotext_with_capitals_of_its_own() -> None:
    text = (
        "a tram in fog\nNegative Prompt: people\n"
        "Steps: 20, Sampler: k_euler, CFG scale: 7.5, Seed: 7, Size: 1024x768, model: Harbour"
    )
    software = "ArtBot - Create images with Stable Diffusion, utilizing the AI Horde"
    texts = {"parameters": text, "Comment": text, "Description": text, "Software": software}
    found = read(png(texts))
    assert (found.source, found.model) == ("artbot", "Harbour")
    assert some(found, *MAIN) == [*TRAM, 20, 7.5, 7]


GRAPH = {**files.COMFY, "4": {"class_type": "Loader", "inputs": {"ckpt_name": "EMS-1.safetensors"}}}


def test_tensor_art_has_the_seed_that_ran_and_the_models_name() -> None:
    noted = {
        "prompt": "asked",
        "seed": "-1",
        "baseModel": {"modelFileName": "Harbour", "hash": "A5"},
    }
    texts = {"generation_data": json.dumps(noted) + "\0", "prompt": json.dumps(GRAPH)}
    found = read(png(texts))
    assert (found.source, found.model) == ("tensorart", "Harbour")
    assert some(found, "prompt", "seed") == ["a glass bottle, galaxy", 156680208700286]


def test_civitais_generator_tells_in_the_request_what_its_graph_does_not() -> None:
    asked = {
        "prompt": "a tram",
        "negativePrompt": "people",
        "steps": 25,
        "cfgScale": 5,
        "seed": 7,
        "sampler": "Euler a",
        "width": 1024,
        "height": 768,
    }
    upscale = {"12": {"class_type": "SaveImage", "inputs": {"images": ["24", 0]}}}
    document = {**upscale, "extra": {"airs": []}, "extraMetadata": json.dumps(asked)}
    found = read(commented("JPEG", files.utf16_be(json.dumps(document))))
    assert found.source == "civitai"
    assert some(found, *MAIN) == ["a tram", "people", 1024, 768, 25, 5, 7]
    document = {**files.COMFY, "extraMetadata": json.dumps(asked)}
    for name in ("prompt", "parameters"):
        ran = read(png({name: json.dumps(document)}))
        assert ran.source == "civitai"
        assert some(ran, "prompt", "seed") == ["a glass bottle, galaxy", 156680208700286]


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("", "a1111"),
        ("Version: v1.10.1", "a1111"),
        ("Version: f2.0.1v1.10.1-previous-1", "forge"),
        ("Version: f1.3.0-v1.10.1RC-latest-1038", "reforge"),
        ("Version: neo", "forgeneo"),
        ("Version: classic", "forgeclassic"),
        ("App: SD.Next, Version: 56a8aea", "sdnext"),
        ("Version: Fooocus v2.5.5", "fooocus"),
        ("Version: RuinedFooocus", "ruinedfooocus"),
        ("Version: ComfyUI", "comfyui"),
        ("Version: sentry-block-playground 0.2.0", "own"),
        ('Civitai resources: [{"type":"lora"}]', "civitai"),
        ("ADetailer version: neo, Version: v1.9.4", "a1111"),
    ],
)
def test_an_infotext_says_who_wrote_it(said: str, source: str) -> None:
    text = f"a\nSteps: 4, Seed: 1, Size: 64x64{', ' + said if said else ''}"
    assert read(png({"parameters": text})).source == source
    assert source in SOURCES


def test_a_camera_or_an_editor_is_no_program_of_these() -> None:
    for texts in (
        {"Software": "GIMP 2.10", "Comment": "Created with GIMP"},
        {"Title": "Holiday", "Description": "a tram in fog", "Author": "me"},
        {XMP: xmp("<dc:description>a tram in fog</dc:description>")},
    ):
        assert foreign.read(png(texts)) is None
    assert foreign.read(tagged("JPEG", {0x010E: "a tram in fog", 0x0131: "NovelAI"})) is None
