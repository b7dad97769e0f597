"""ComfyUI graphs: sizes, numbers, pipes, models and chains are what the graph says, or nothing."""

from __future__ import annotations

import pytest

from tests.unit.comfy_graphs import (
    NEGATIVE,
    PROMPT,
    differing,
    encode,
    graph,
    loader,
    node,
    sampler,
    told,
)
from tests.unit.foreign_files import Json

NO_SIZE = {"width": None, "height": None}
PHOTO = node("LoadImage", image="photo.png")


# Sizes


@pytest.mark.parametrize(
    "latents",
    [
        {"n4": node("EmptySD3LatentImage", width=["20", 0], height=["20", 1]),
         "n20": node("GetImageSize", image=["21", 0]),
         "n21": node("ImageScaleToTotalPixels", megapixels=1.0, image=["22", 0]), "n22": PHOTO},
        {"n4": node("EmptyLatentImage", width=["20", 0], height=["20", 1]),
         "n20": node("ResolutionSelector", aspect_ratio="3:2 (Photo)", megapixels=2.0)},
        {"n4": node("VAEEncode", pixels=["20", 0]),
         "n20": node("ImageScaleBy", scale_by=2, image=["21", 0]),
         "n21": node("ImageScale", width=64, height=64, image=["22", 0]), "n22": PHOTO},
        {"n4": node("VAEEncode", pixels=["20", 0]),
         "n20": node("ImageResize+", width=9, height=9, method="keep proportion", image=["22", 0]),
         "n22": PHOTO},
        {"n4": node("VAEEncode", pixels=["22", 0]), "n22": PHOTO},
        {"n4": node("EmptyLatentImage", width=640, height=["20", 0]),
         "n20": node("SimpleMath+", value="a*2", a=320)},
        {"n4": node("EmptyLatentImage", width=640, height=["20", 0]),
         "n20": node("easy mathInt", a=2, b=320, operation="multiply")},
        {"n4": node("EmptyLatentImage", width=0, height=832)},
        {"n4": node("EmptyLatentImage", width="wide", height=832)},
        {"n4": node("Empty Latent by Ratio", ratio="16:9", width=640, height=832)},
        {"n4": node("LatentUpscaleBy", samples=["20", 0], scale_by=1.5),
         "n20": node("EmptyLatentImage", width=640, height=832)},
    ],
)  # fmt: skip
def test_a_size_that_the_graph_does_not_tell_is_left_out(latents: dict[str, Json]) -> None:
    assert differing(told(graph(**latents)), **NO_SIZE) == {}


@pytest.mark.parametrize(
    "latents",
    [
        {"n4": node("SDXL Empty Latent Image (rgthree)", dimensions=" 640 x 832  (portrait)")},
        {"n4": node("EmptyLatentImage", width=["20", 1], height=["20", 2]),
         "n20": node("SDXL Empty Latent Image (rgthree)", dimensions=" 640 x 832  (portrait)")},
        {"n4": node("EmptyLatent", resolution="640x832", batch_size=1)},
        {"n4": node("EmptyLatentImage", width=["20", 1], height=["20", 0]),
         "n20": node("SizePicker", width=832, height=640, batch=1)},
        {"n4": node("EmptyLatent", resolution="640 \u00d7 832")},
        {"n4": node("SDXLEmptyLatentSizePicker+", resolution="1024x832 (1.23)", width_override=640,
                    height_override=0)},
        {"n4": node("EmptyLatentImage", width=["20", 1], height=["20", 2]),
         "n20": node("SDXLEmptyLatentSizePicker+", resolution="1024x1024 (1.0)",
                     width_override=640, height_override=["21", 0]),
         "n21": node("PrimitiveInt", value=832)},
        {"n4": node("CR SDXL Aspect Ratio", width=1, height=1, aspect_ratio="3:4 portrait 640x832",
                    swap_dimensions="Off", upscale_factor=1.0, prescale_factor=1.0)},
        {"n4": node("CR SDXL Aspect Ratio", width=1, height=1, aspect_ratio="4:3 wide 832x640",
                    swap_dimensions="On")},
        {"n4": node("CR SDXL Aspect Ratio", width=640, height=832, aspect_ratio="custom",
                    swap_dimensions="Off")},
        {"n4": node("EmptyLatentImage", width=["20", 0], height=["21", 0]),
         "n20": node("PrimitiveInt", value=640), "n21": node("DF_Integer", Value="832")},
        {"n4": node("EmptyLatentImage", width=["20", 0], height=["21", 0]),
         "n20": node("mxSlider", Xi=640, Xf=1.5, isfloatX=0),
         "n21": node("Float to Int", value=["22", 0]), "n22": node("easy float", value=832.0)},
        {"n4": node("VAEEncode", pixels=["20", 0]), "n22": PHOTO,
         "n20": node("ImageScale", width=640, height=832, image=["22", 0], crop="center")},
        {"n4": node("EmptyLatentImage", width=["20", 0], height=["20", 1]), "n22": PHOTO,
         "n20": node("GetImageSize+", image=["21", 0]),
         "n21": node("ImageScale", width=640, height=832, image=["22", 0], crop="center")},
        {"n4": node("SetLatentNoiseMask", samples=["20", 0], mask=["22", 1]), "n22": PHOTO,
         "n20": node("RepeatLatentBatch", samples=["21", 0], amount=2),
         "n21": node("EmptyLatentImage", width=640, height=832)},
        {"n4": node("EmptyHunyuanLatentVideo", width=640, height=832, length=73, batch_size=1)},
        {"n4": node("StableCascade_EmptyLatentImage", width=640, height=832, compression=42)},
        {"n4": node("WanImageToVideo", width=640, height=832, length=81, start_image=["22", 0],
                    positive=["2", 0], negative=["3", 0]), "n22": PHOTO},
    ],
)  # fmt: skip
def test_a_size_in_numbers_words_and_through_links(latents: dict[str, Json]) -> None:
    assert differing(told(graph(**latents))) == {}


# Numbers


def test_words_are_no_numbers() -> None:
    nodes = graph(n5=sampler(seed="increment", steps="fixed", cfg="dpmpp_2m"))
    nothing = {"seed": None, "num_steps": None, "guidance_scale": None}
    assert differing(told(nodes), **nothing) == {}


@pytest.mark.parametrize("value", [True, "", "NaN", [1], {"a": 1}, -1, 2.5, ["99", 0], None])
def test_what_is_no_whole_number_is_no_seed_and_no_steps(value: object) -> None:
    nodes = graph(n5=sampler(seed=value, steps=value))
    assert differing(told(nodes), seed=None, num_steps=None) == {}


@pytest.mark.parametrize(
    ("given", "seed"),
    [
        (node("Seed (rgthree)", seed=7), 7),
        (node("Seed (rgthree)", seed=-1), None),
        (node("easy seed", seed="7", control="fixed"), 7),
        (node("Seed Generator (Image Saver)", seed=7), 7),
        (node("CR Seed", seed=7), 7),
        (node("Random Number", number_type="integer", minimum=0, maximum=99, seed=7), None),
        (node("ComfyMathExpression", expression="a + 1", **{"values.a": 7}), None),
        (node("Primitive integer [Crystools]", int=7), 7),
        (node("ImpactInt", value=7), 7),
        (node("Reroute", any=["31", 0]), 7),
        (node("easy showAnything", anything=["31", 0], text="3"), 7),
    ],
)
def test_a_linked_seed(given: Json, seed: int | None) -> None:
    nodes = graph(n5=sampler(seed=["30", 0]), n30=given, n31=node("INTConstant", value=7))
    assert differing(told(nodes), seed=seed) == {}


def test_steps_scale_and_sampler_from_a_node_of_settings() -> None:
    settings = node("KSampler Config (rgthree)", steps_total=24, refiner_step=9, cfg=6.5,
                    sampler_name="euler", scheduler="karras")  # fmt: skip
    linked = {"steps": ["30", 0], "cfg": ["30", 2], "sampler_name": ["30", 3]}
    nodes = graph(n5=sampler(**linked, scheduler=["30", 4]), n30=settings)
    assert differing(told(nodes)) == {}


def test_a_sampler_that_adds_no_noise_has_no_seed() -> None:
    nodes = graph(n5=sampler(add_noise="disable", noise_seed=0, start_at_step=0))
    assert differing(told(nodes), seed=None) == {}


# Pipes

PIPED = {"model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0]}


@pytest.mark.parametrize(
    "pipe",
    [
        {"n5": sampler(model=["21", 0], positive=["21", 3], negative=["21", 4]),
         "n20": node("ToBasicPipe", **PIPED), "n21": node("FromBasicPipe", basic_pipe=["20", 0])},
        {"n5": sampler(model=["21", 1], positive=["21", 4], negative=["21", 5]),
         "n20": node("ToBasicPipe", **PIPED), "n21": node("FromBasicPipe_v2", basic_pipe=["22", 0]),
         "n22": node("EditBasicPipe", basic_pipe=["23", 0], positive=["2", 0]),
         "n23": node("EditBasicPipe", basic_pipe=["20", 0], positive=["24", 0]),
         "n24": encode("replaced later")},
        {"n5": node("ImpactKSamplerBasicPipe", basic_pipe=["20", 0], seed=31337, steps=24, cfg=6.5,
                    sampler_name="euler", scheduler="karras", denoise=1.0, latent_image=["4", 0]),
         "n20": node("ToBasicPipe", **PIPED)},
        {"n5": sampler(model=["21", 1], positive=["21", 4], negative=["21", 5], seed=["21", 8],
                       latent_image=["21", 6]),
         "n20": node("Context (rgthree)", **PIPED, seed=31337, latent=["4", 0]),
         "n21": node("Context Big (rgthree)", base_ctx=["20", 0])},
        {"n5": sampler(model=["21", 1], positive=["21", 4], negative=["21", 5]),
         "n20": node("Context (rgthree)", **PIPED),
         "n21": node("Context Switch (rgthree)", ctx_01=["99", 0], ctx_02=["20", 0])},
        {"n5": sampler(model=["21", 0], positive=["21", 3], negative=["21", 4]),
         "n20": node("ToDetailerPipe", **PIPED, wildcard="not the prompt"),
         "n21": node("FromDetailerPipe", detailer_pipe=["20", 0])},
        {"n2": None, "n3": None, "n4": None, "n1": None,
         "n5": node("KSampler (Efficient)", seed=31337, steps=24, cfg=6.5, sampler_name="euler",
                    scheduler="karras", denoise=1, model=["20", 0], positive=["20", 1],
                    negative=["20", 2], latent_image=["20", 3]),
         "n20": node("Efficient Loader", ckpt_name="harbour_v2.safetensors", lora_name="None",
                     positive=PROMPT, negative=["21", 0], empty_latent_width=640,
                     empty_latent_height=832),
         "n21": node("Text Multiline", text=NEGATIVE)},
        {"n2": None, "n3": None, "n4": None, "n1": None,
         "n5": node("easy kSampler", pipe=["22", 0], image_output="Preview"),
         "n6": None, "n7": node("SaveImage", images=["5", 1]),
         "n22": node("easy preSampling", pipe=["20", 0], seed=31337, steps=24, cfg=6.5,
                     sampler_name="euler", scheduler="karras", denoise=1.0),
         "n20": node("easy fullLoader", ckpt_name="harbour_v2.safetensors", lora_name="None",
                     resolution="640 x 832", empty_latent_width=512, empty_latent_height=512,
                     positive=PROMPT, positive_token_normalization="none", negative=NEGATIVE)},
    ],
)  # fmt: skip
def test_values_through_pipes(pipe: dict[str, Json | None]) -> None:
    assert differing(told(graph(**pipe))) == {}


def test_the_output_of_a_pipe_says_which_text_it_is() -> None:
    nodes = graph(
        n5=sampler(positive=["21", 4], negative=["21", 3]),
        n20=node("ToBasicPipe", positive=["3", 0], negative=["2", 0]),
        n21=node("FromBasicPipe", basic_pipe=["20", 0]),
    )
    assert differing(told(nodes)) == {}


# Models

OTHER = loader("other.safetensors")


@pytest.mark.parametrize(
    ("merge", "model", "merged"),
    [
        (node("ModelMergeSimple", model1=["1", 0], model2=["21", 0], ratio=0.6), 1, ["other"]),
        (node("ModelMergeSimple", model1=["21", 0], model2=["1", 0], ratio=0.3), 1, ["other"]),
        (node("ModelMergeSimple", model1=["1", 0], model2=["21", 0], ratio=1.0), 1, []),
        (node("ModelMergeSimple", model1=["1", 0], model2=["21", 0], ratio=0), 2, []),
        (node("ModelMergeAdd", model1=["1", 0], model2=["22", 0]), 1, ["third", "other"]),
        (node("ModelMergeSDXL", model1=["1", 0], model2=["21", 0], **{"out.": 1}), 1, ["other"]),
    ],
)
def test_a_merged_model(merge: Json, model: int, merged: list[str]) -> None:
    nodes = graph(
        n5=sampler(model=["20", 0]),
        n20=merge,
        n21=OTHER,
        n22=node("ModelMergeSubtract", model1=["23", 0], model2=["21", 0]),
        n23=loader("third.safetensors"),
    )
    name = "harbour_v2" if model == 1 else "other"
    names = [f"{one}.safetensors" for one in merged]
    assert differing(told(nodes), model=f"{name}.safetensors", merged_with=names) == {}


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"n20": node("LoraLoader", lora_name="ink", strength_model=0.8, model=["1", 0])}, ["ink"]),
        ({"n20": node("LoraLoader", lora_name="ink", strength_model=0, model=["1", 0])}, []),
        ({"n20": node("Power Lora Loader (rgthree)", model=["1", 0],
                      lora_1={"on": True, "lora": "ink", "strength": 1},
                      lora_2={"on": False, "lora": "off", "strength": 1})}, ["ink"]),
        ({"n20": node("CR Apply LoRA Stack", model=["1", 0], lora_stack=["21", 0]),
          "n21": node("CR LoRA Stack", switch_1="On", lora_name_1="ink", model_weight_1=1,
                      switch_2="Off", lora_name_2="off", model_weight_2=1, lora_name_3="None")},
         ["ink"]),
        ({"n20": node("ModelSamplingFlux", max_shift=1.15, width=9, height=9, model=["21", 0]),
          "n21": node("LoraLoaderModelOnly", lora_name="ink", strength_model=1, model=["1", 0])},
         ["ink"]),
        ({"n20": node("CR Apply LoRA Stack", model=["1", 0], lora_stack=["21", 0]),
          "n21": node("LoRA Stacker", input_mode="simple", lora_count=1, lora_name_1="ink",
                      lora_wt_1=0.8, model_str_1=0, lora_name_2="of another day", lora_wt_2=1)},
         ["ink"]),
        ({"n20": node("CR Apply LoRA Stack", model=["1", 0], lora_stack=["21", 0]),
          "n21": node("easy loraStack", toggle=True, mode="advanced", num_loras=2,
                      lora_1_name="ink", lora_1_model_strength=0.8, lora_1_strength=0,
                      lora_2_name="None", lora_3_name="of another day", lora_3_model_strength=1)},
         ["ink"]),
        ({"n20": node("CR Apply LoRA Stack", model=["1", 0], lora_stack=["21", 0]),
          "n21": node("easy loraStack", toggle=False, num_loras=1, lora_1_name="off",
                      optional_lora_stack=["22", 0]),
          "n22": node("easy loraStack", toggle=True, num_loras=1, lora_1_name="ink")}, ["ink"]),
        ({"n20": node("Lora Loader Stack (rgthree)", model=["1", 0], lora_01="ink",
                      strength_01=0.8, lora_02="off", strength_02=0)}, ["ink"]),
        ({"n20": node("Lora Loader (LoraManager)", model=["1", 0], text="<lora:ink:0.8>",
                      loras={"__value__": [{"name": "ink", "strength": 0.8, "active": True},
                                           {"name": "off", "strength": 1, "active": False}]})},
         ["ink"]),
        ({"n20": node("Lora Loader (LoraManager)", model=["1", 0],
                      loras=[{"name": "ink", "strength": "0.8"}, "broken"])}, ["ink"]),
    ],
)  # fmt: skip
def test_loras_on_the_way_to_the_model(given: dict[str, Json], names: list[str]) -> None:
    assert differing(told(graph(n5=sampler(model=["20", 0]), **given)), lora=names) == {}


@pytest.mark.parametrize(
    "given",
    [
        node("CheckpointLoader|pysssss", ckpt_name={"content": "harbour_v2.safetensors"}),
        node("UnetLoaderGGUF", unet_name="harbour_v2.safetensors"),
        node("CheckpointLoaderSimple", ckpt_name=["21", 0]),
        node("WanVideoModelLoader", model="harbour_v2.safetensors", base_precision="bf16"),
        node("CR Select Model", select_model=2, ckpt_name1="other",
             ckpt_name2="harbour_v2.safetensors"),
    ],
)  # fmt: skip
def test_loaders_of_models(given: Json) -> None:
    names = node("Checkpoint Selector (Image Saver)", ckpt_name="harbour_v2.safetensors")
    assert differing(told(graph(n1=given, n21=names))) == {}
