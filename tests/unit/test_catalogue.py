"""The catalogue: what the platform documents, what a user adds, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from backend.catalogue.load import load_catalogue, with_remote
from backend.errors import SettingsError
from backend.types import TokenPrices
from ui.language.languages import LANGUAGES, Language

SDXL = "stabilityai/stable-diffusion-xl-base-1.0"
FLUX = "black-forest-labs/FLUX.1-schnell"

SEEDREAM = """
[[model]]
id = "bytedance/seedream-3.0"
label = "Seedream 3.0"
description = "Clean lettering and layouts."
[model.params]
prompt = {}
width = {}
height = {}
guidance_scale = { default = 2.5, maximum = 10 }
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "models.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_built_in_models_take_exactly_what_the_platform_documents() -> None:
    models = load_catalogue()

    assert list(models) == [FLUX, SDXL]
    common = ["width", "height", "num_steps", "guidance_scale"]
    assert [p.name for p in models[SDXL].params] == ["prompt", "negative_prompt", *common]
    assert [p.name for p in models[FLUX].params] == ["prompt", *common, "seed"]
    assert not models[SDXL].takes_seed
    assert models[SDXL].price_usd == Decimal("0.009")


@pytest.mark.parametrize(("model", "steps", "guidance"), [(SDXL, 25, 9.0), (FLUX, 4, 3.5)])
def test_the_defaults_are_the_models_own(model: str, steps: int, guidance: float) -> None:
    spec = load_catalogue()[model]
    defaults = {p.name: p.default for p in spec.params}

    assert (defaults["num_steps"], defaults["guidance_scale"]) == (steps, guidance)
    assert (defaults["width"], defaults["height"]) == (1024, 1024)
    width = spec.param("width")
    assert width is not None
    assert (width.minimum, width.maximum, width.step) == (256, 2048, 16)


def test_guidance_on_flux_is_marked_as_without_effect() -> None:
    models = load_catalogue()
    flux, sdxl = models[FLUX].param("guidance_scale"), models[SDXL].param("guidance_scale")
    assert flux is not None and sdxl is not None
    assert not flux.effect and "no visible effect" in flux.help
    assert sdxl.effect


def test_a_users_model_is_added_without_touching_code(tmp_path: Path) -> None:
    models = load_catalogue(write(tmp_path, SEEDREAM))

    spec = models["bytedance/seedream-3.0"]
    assert list(models)[-1] == spec.id
    assert [p.name for p in spec.params] == ["prompt", "width", "height", "guidance_scale"]
    guidance = spec.param("guidance_scale")
    assert guidance is not None
    assert (guidance.default, guidance.minimum, guidance.maximum) == (2.5, 0.0, 10)


def test_a_users_file_changes_a_built_in_model_and_keeps_the_rest(tmp_path: Path) -> None:
    path = write(tmp_path, f'[[model]]\nid = "{FLUX}"\nprice_usd = "0.003"\n')
    models = load_catalogue(path)

    assert models[FLUX].price_usd == Decimal("0.003")
    assert models[FLUX].params == load_catalogue()[FLUX].params


def test_prices_of_tokens_stand_together(tmp_path: Path) -> None:
    price = "price_usd_per_million_{way}_tokens = {amount}\n"
    of = f'[[model]]\nid = "{FLUX}"\n'
    both = price.format(way="input", amount='"5"') + price.format(way="output", amount=40.5)
    models = load_catalogue(write(tmp_path, of + both))
    assert models[FLUX].token_prices == TokenPrices(Decimal(5), Decimal("40.5"))
    assert models[SDXL].token_prices is None
    for wrong in (
        price.format(way="input", amount=5),
        price.format(way="output", amount=5),
        both.replace("40.5", '"dear"'),
        both.replace("40.5", "-1"),
    ):
        with pytest.raises(SettingsError, match=r"price_usd_per_million_\w+put_tokens"):
            load_catalogue(write(tmp_path, of + wrong))


def test_a_users_param_table_changes_every_model_that_takes_it(tmp_path: Path) -> None:
    models = load_catalogue(write(tmp_path, "[param.width]\nmaximum = 1536\n"))
    assert {m.param("width").maximum for m in models.values()} == {1536}  # type: ignore[union-attr]


def test_a_model_may_bring_a_parameter_nobody_knew(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[[model]]\nid = "x/y"\nlabel = "Y"\n[model.params]\nprompt = {}\n'
        'style = { kind = "text", choices = ["photo", "ink"], default = "ink" }\n',
    )
    style = load_catalogue(path)["x/y"].param("style")
    assert style is not None and style.choices == ("photo", "ink") and style.label == "Style"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[[model]\n", ["models.toml"]),
        ("[models]\n", ["the top level", '"models"']),
        ("[model]\nid = 'x'\n", ["[[model]]"]),
        ("[[model]]\nlabel = 'x'\n", ["model 1", '"id"', "missing"]),
        ("[[model]]\nid = 'x'\n[model.params]\nprompt = {}\n", ['model "x"', '"label"']),
        ("[[model]]\nid = 'x'\nlabel = 'X'\n", ['"params"', "prompt"]),
        (SEEDREAM.replace("width = {}", "width = 7"), ["params.width", "table"]),
        (SEEDREAM.replace("width = {}", "width = {maximum = 'big'}"), ["params.width", "maximum"]),
        (SEEDREAM.replace("width = {}", "width = {default = 9000}"), ["params.width", "default"]),
        (SEEDREAM.replace("width = {}", "width = {default = 64.5}"), ["params.width", "default"]),
        (SEEDREAM.replace("width = {}", "width = {step = 0}"), ["params.width", "step"]),
        (SEEDREAM.replace("width = {}", "width = {minimum = nan}"), ["params.width", "minimum"]),
        (SEEDREAM.replace("width = {}", "width = {max = 9}"), ["params.width", '"max"']),
        (SEEDREAM.replace("width = {}", "shape = {}"), ["params.shape", '"kind"']),
        (SEEDREAM.replace("width = {}", "model = {}"), ['"model"', "not a name"]),
        ("[param.width]\nlabel = []\n", ["in param.width", '"label"']),
        ("[param.width]\nlabel.de = 'Breite'\n", ["in param.width", '"label"', "English", "en"]),
        (
            "[param.width]\nhelp = {en = 'In pixels.', de = ''}\n",
            ['"help"', "text in quotes", "de"],
        ),
        ("[param.width]\nlabel = {English = 'Width'}\n", ['"label"', '"English"', "tag"]),
        (SEEDREAM.replace('label = "', 'label.de = "'), ['"label"', "English", "en"]),
        (SEEDREAM.replace('id = "', 'id.en = "'), ['"id"', "text in quotes"]),
        ("[param.width]\nmaximum = 300\n", ["in param.width", '"maximum"', "default"]),
        ("[param.height]\nminimum = 4000\n", ["in param.height", '"minimum"', "maximum"]),
        ("[param.num_steps]\nkind = 'text'\n", ["in param.num_steps", '"kind"', "default"]),
        ("[param.prompt]\nkind = 'number'\n", ["in param.prompt", '"kind"', "default"]),
        ("x = " + "[" * 2000 + "]" * 2000, ["cannot be read", "too deeply"]),
        ("x = " + "9" * 5000, ["cannot be read"]),
        (SEEDREAM + "\n[[model]]\nid='z'\nlabel='Z'\nprice_usd='cheap'\n", ['model 2|model "z"']),
    ],
)
def test_a_broken_file_is_refused_with_file_table_and_key(
    tmp_path: Path, text: str, names: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        load_catalogue(write(tmp_path, text))
    said = str(caught.value)
    assert str(tmp_path / "models.toml") in said
    for name in names:
        assert any(part in said for part in name.split("|")), said


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_catalogue(path)


def test_what_is_no_file_is_named_once_and_without_a_number(tmp_path: Path) -> None:
    (path := tmp_path / "models.toml").mkdir()
    with pytest.raises(SettingsError) as caught:
        load_catalogue(path)
    assert str(caught.value).startswith(f"The catalogue {path} cannot be read: Is a directory. ")


def test_the_accounts_list_fills_in_prices_and_marks_what_it_lacks() -> None:
    models = with_remote(load_catalogue(), [(FLUX, Decimal("0.0021"))])

    assert models[FLUX].available is True and models[FLUX].price_usd == Decimal("0.0021")
    assert models[SDXL].available is False and models[SDXL].price_usd == Decimal("0.009")


def test_texts_may_be_there_in_each_language(tmp_path: Path) -> None:
    text = SEEDREAM.replace("label = ", "label.de = 'Traum 3'\nlabel.en = ").replace(
        "width = {}", "width = { help.en = 'Wide.', help.de = 'Breit.' }"
    )
    spec = load_catalogue(write(tmp_path, text))["bytedance/seedream-3.0"]
    width = spec.param("width")
    assert width is not None
    assert (spec.label, width.help, width.label) == ("Seedream 3.0", "Wide.", "Width")
    german = LANGUAGES["de"]
    assert (german.tell(spec.label), german.tell(width.help)) == ("Traum 3", "Breit.")
    other = Language("fr", "Français")
    assert (other.tell(spec.label), other.tell(width.help)) == ("Seedream 3.0", "Wide.")


def test_what_a_model_leaves_empty_is_empty_in_each_language(tmp_path: Path) -> None:
    text = "[[model]]\nid = 'x'\nlabel = 'X'\n[model.params]\nprompt = {help = ''}\n"
    spec = load_catalogue(write(tmp_path, text))["x"]
    assert [LANGUAGES["de"].tell(t) for t in (spec.description, spec.params[0].help)] == ["", ""]
