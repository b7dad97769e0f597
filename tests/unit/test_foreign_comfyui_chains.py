"""Of several ComfyUI samplers the one that made the saved picture is read."""

from __future__ import annotations

import pytest

from tests.unit.comfy_graphs import differing, encode, graph, node, sampler, told
from tests.unit.foreign_files import Json

FIRST_TRY: dict[str, Json] = {
    "n30": encode("a first try"),
    "n31": node("EmptyLatentImage", width=256, height=256, batch_size=1),
    "n32": sampler(positive=["30", 0], latent_image=["31", 0], seed=5, steps=8, cfg=3.0),
    "n33": node("VAEDecode", samples=["32", 0], vae=["1", 2]),
}


def shuffled(nodes: Json) -> list[Json]:
    """The same graph in other orders: which node is listed first says nothing."""
    names = list(nodes)
    return [nodes, {name: nodes[name] for name in names[::-1]}, dict(sorted(nodes.items()))]


@pytest.mark.parametrize("shown", ["PreviewImage", "Image Comparer (rgthree)", "ImageToMask"])
def test_a_picture_that_was_only_shown_is_not_the_saved_one(shown: str) -> None:
    nodes = graph(**FIRST_TRY, n34=node(shown, images=["33", 0]))
    assert all(differing(told(one)) == {} for one in shuffled(nodes))


@pytest.mark.parametrize(
    "saver",
    [
        node("Image Saver", images=["6", 0], positive="unknown", seed_value=1),
        node("Image Save", images=["6", 0], output_path="x"),
        node("SaveImageWebsocket", images=["6", 0]),
        node("SaveAnimatedWEBP", images=["6", 0], fps=10),
        node("VHS_VideoCombine", images=["6", 0], frame_rate=16),
        node("easy imageSave", images=["6", 0]),
        node("SaveImage", images=["40", 0]),
    ],
)
def test_all_kinds_of_savers(saver: Json) -> None:
    upscaled = node("ImageUpscaleWithModel", upscale_model=["41", 0], image=["6", 0])
    nodes = graph(**FIRST_TRY, n34=node("PreviewImage", images=["33", 0]), n7=saver, n40=upscaled,
                  n41=node("UpscaleModelLoader", model_name="4x.pth"))  # fmt: skip
    assert all(differing(told(one)) == {} for one in shuffled(nodes))


def test_two_saved_pictures_are_read_where_they_agree() -> None:
    nodes = graph(**FIRST_TRY, n34=node("SaveImage", images=["33", 0]))
    apart = ("prompt", "width", "height", "seed", "num_steps", "guidance_scale")
    expected = dict.fromkeys(apart)
    assert all(differing(told(one), **expected) == {} for one in shuffled(nodes))


LATER: dict[str, dict[str, Json]] = {
    "latent": {
        "n20": sampler(latent_image=["21", 0], seed=8, steps=9, cfg=2.0, denoise=0.5),
        "n21": node("LatentUpscaleBy", samples=["5", 0], scale_by=2),
    },
    "pixels": {
        "n20": sampler(latent_image=["21", 0], seed=8, steps=9, cfg=2.0, denoise=0.4),
        "n21": node("VAEEncode", pixels=["22", 0], vae=["1", 2]),
        "n22": node("ImageUpscaleWithModel", image=["6", 0]),
    },
    "other prompt": {
        "n20": sampler(latent_image=["5", 0], positive=["25", 0], seed=8, denoise=0.3),
        "n25": encode("sharper"),
    },
    "refiner": {
        "n20": node("KSamplerAdvanced", add_noise="disable", noise_seed=0, steps=40, cfg=1,
                    start_at_step=20, positive=["25", 0], negative=["3", 0], model=["26", 0],
                    latent_image=["5", 0]),
        "n25": encode("refined"), "n26": node("CheckpointLoaderSimple", ckpt_name="refiner"),
    },
    "inpainted": {
        "n20": sampler(latent_image=["21", 0], positive=["25", 0], seed=8, denoise=1.0),
        "n21": node("VAEEncodeForInpaint", pixels=["6", 0], mask=["23", 0], vae=["1", 2]),
        "n23": node("LoadImageMask", image="mask.png"), "n25": encode("a moon"),
    },
    "tiled": {
        "n20": node("UltimateSDUpscale", image=["6", 0], model=["1", 0], positive=["2", 0],
                    negative=["3", 0], seed=8, steps=9, cfg=2, denoise=0.2),
    },
    "iterative": {
        "n20": node("IterativeLatentUpscale", samples=["5", 0], upscaler=["23", 0], steps=3),
        "n23": node("PixelKSampleUpscalerProvider", model=["1", 0], positive=["2", 0],
                    negative=["3", 0], seed=8, steps=9, cfg=2, denoise=0.4),
    },
    "faces": {
        "n20": node("FaceDetailer", image=["6", 0], model=["1", 0], positive=["25", 0],
                    negative=["3", 0], seed=8, steps=9, cfg=2, denoise=0.4, wildcard="smile"),
        "n25": encode("a face"),
    },
}  # fmt: skip


@pytest.mark.parametrize("later", LATER.values(), ids=LATER)
@pytest.mark.parametrize("both", [False, True])
def test_later_passes_keep_to_what_the_first_one_set(later: dict[str, Json], both: bool) -> None:
    nodes = graph(**later, n40=node("VAEDecode", samples=["20", 0], vae=["1", 2]))
    nodes["41"] = node("SaveImage", images=["40", 0])
    if not both:  # only the last picture is saved
        del nodes["7"]
    assert all(differing(told(one)) == {} for one in shuffled(nodes))


def test_a_sampler_that_starts_afresh_is_the_first() -> None:
    nodes = graph(**FIRST_TRY, n4=node("LatentUpscale", samples=["32", 0], width=640, height=832))
    assert all(differing(told(one)) == {} for one in shuffled(nodes))


def test_a_composition_is_told_by_the_sampler_that_united_it() -> None:
    parts = {
        "n30": sampler(positive=["31", 0], latent_image=["32", 0], seed=1, steps=5),
        "n31": encode("a fox"),
        "n32": node("EmptyLatentImage", width=128, height=128),
        "n33": sampler(positive=["34", 0], seed=2, steps=6),
        "n34": encode("the sky"),
        "n35": node("LatentComposite", samples_to=["33", 0], samples_from=["30", 0], x=0, y=0),
        "n5": sampler(latent_image=["35", 0], denoise=0.6),
    }
    assert all(differing(told(one), denoise=0.6) == {} for one in shuffled(graph(**parts)))


def test_a_cascade_is_told_by_its_first_stage() -> None:
    stages: dict[str, Json] = {
        "n4": node("StableCascade_EmptyLatentImage", width=640, height=832, compression=42),
        "n20": sampler(model=["21", 0], positive=["22", 0], latent_image=["4", 1], seed=8, steps=10,
                       cfg=1.1),
        "n21": node("UNETLoader", unet_name="stage_b"),
        "n22": node("StableCascade_StageB_Conditioning", conditioning=["2", 0], stage_c=["5", 0]),
        "n6": node("VAEDecode", samples=["20", 0], vae=["1", 2]),
    }  # fmt: skip
    assert all(differing(told(one)) == {} for one in shuffled(graph(**stages)))


def test_separate_nodes_for_noise_steps_and_scale() -> None:
    parts: dict[str, Json] = {
        "n5": node("SamplerCustomAdvanced", noise=["20", 0], guider=["21", 0], sampler=["22", 0],
                   sigmas=["23", 0], latent_image=["4", 0]),
        "n20": node("RandomNoise", noise_seed=31337),
        "n21": node("CFGGuider", model=["1", 0], positive=["2", 0], negative=["3", 0], cfg=6.5),
        "n22": node("KSamplerSelect", sampler_name="euler"),
        "n23": node("SplitSigmas", sigmas=["24", 0], step=3),
        "n24": node("BasicScheduler", model=["1", 0], scheduler="karras", steps=24, denoise=1.0),
    }  # fmt: skip
    assert all(differing(told(one)) == {} for one in shuffled(graph(**parts)))


def test_a_guider_with_two_conditionings_and_one_without_a_negative() -> None:
    custom = node("SamplerCustomAdvanced", noise=["20", 0], guider=["21", 0], sampler=["22", 0],
                  sigmas=["24", 0], latent_image=["4", 0])  # fmt: skip
    parts: dict[str, Json] = {
        "n5": custom,
        "n20": node("RandomNoise", noise_seed=31337),
        "n21": node("DualCFGGuider", model=["1", 0], cond1=["2", 0], cond2=["25", 0],
                    negative=["3", 0], cfg_conds=6.5, cfg_cond2_negative=1.5),
        "n22": node("KSamplerSelect", sampler_name="euler"),
        "n24": node("BasicScheduler", model=["1", 0], scheduler="karras", steps=24, denoise=1.0),
        "n25": encode("only the picture"),
    }  # fmt: skip
    assert differing(told(graph(**parts))) == {}
    parts["n21"] = node("BasicGuider", model=["1", 0], conditioning=["26", 0])
    parts["n26"] = node("FluxGuidance", guidance=6.5, conditioning=["2", 0])
    assert differing(told(graph(**parts)), negative_prompt=None) == {}


def test_a_picture_of_another_service_among_nodes_that_only_help() -> None:
    nodes: Json = {
        "1": node("Input Parameters (Image Saver)", seed=9, steps=3, cfg=2, sampler="euler"),
        "2": node("GeminiImage2Node", prompt=["3", 0], model="gemini-3", seed=42, resolution="1K"),
        "3": node("PrimitiveStringMultiline", value="a robot"),
        "4": node("SaveImage", images=["2", 0]),
    }
    found = told(nodes)
    assert (found.model, dict(found.values)) == ("gemini-3", {"prompt": "a robot", "seed": 42})
