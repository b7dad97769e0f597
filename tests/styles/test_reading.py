"""Files of styles, of seven programs: known by what is in them, and what lies in them is told."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from backend.errors import InvalidInput
from backend.styles.book import Book, book_text
from backend.styles.found import Found
from backend.styles.kinds import PRESETS_MAX, STYLES_MAX, TEXT_MAX_CHARS, Preset, Style
from backend.styles.reading import FILE_MAX_BYTES, read_file
from backend.styles.tables import write_table

BOM = b"\xef\xbb\xbf"
CINEMA = Style("Cinema", "cinematic photo of {prompt}, 35mm film", "cartoon, (blurry:1.2)")
OIL = Style("Oil", "oil painting, impasto")


def read(content: Any, name: str = "") -> Found:
    text = content if isinstance(content, str) else json.dumps(content)
    return read_file(text.encode(), name)


def told(content: Any, name: str = "") -> str:
    with pytest.raises(InvalidInput) as refused:
        read(content, name)
    assert refused.value.field == "file"
    return str(refused.value)


# --- the programs' own files ---------------------------------------------------------------------


def test_automatic1111s_table_has_a_mark_at_its_start_and_headings_between() -> None:
    table = (
        "name,prompt,negative_prompt\r\n# --- photo ---,,\r\n"
        'Cinema, "cinematic photo of {prompt}, 35mm film", "cartoon, (blurry:1.2)"\r\n'
        'Oil, "oil painting, impasto",\r\n'
    )
    found = read_file(BOM + table.encode())
    assert (found.styles, found.headings, found.left_out) == ([CINEMA, OIL], 1, [])


def test_older_tables_call_the_prompt_text_and_invokeais_positive_prompt() -> None:
    assert read('name,text\nOil,"oil painting, impasto"\n').styles == [OIL]
    invoke = 'name,positive_prompt,negative_prompt\nOil,"oil painting, impasto",\n'
    assert read(invoke).styles == [OIL]
    assert read(invoke.replace(",", ";").replace("painting;", "painting,")).styles == [OIL]


def test_a_table_keeps_line_breaks_and_doubled_quotes_within_a_text() -> None:
    found = read('name,prompt\r\nTwo,"one ""quoted"",\r\nand another line"\r\n')
    assert found.styles == [Style("Two", 'one "quoted",\nand another line')]


def test_invokeais_lists_hold_the_texts_by_themselves_or_as_preset_data() -> None:
    cinema = {"positive_prompt": CINEMA.prompt, "negative_prompt": CINEMA.negative_prompt}
    plain = {"name": "Oil", "prompt": OIL.prompt, "negative_prompt": ""}
    found = read([{"name": "Cinema", "type": "default", "preset_data": cinema}, plain])
    assert (found.styles, found.passed_over) == ([CINEMA, OIL], ["type"])


def test_fooocus_styles_may_lack_either_text() -> None:
    found = read([{"name": "a", "prompt": "x {prompt}"}, {"name": "b", "negative_prompt": "y"}])
    assert found.styles == [Style("a", "x {prompt}"), Style("b", "", "y")]


def test_a_fooocus_preset_is_called_like_its_file() -> None:
    preset = {
        "default_model": "juggernautXL_v8Rundiffusion.safetensors",
        "default_refiner": "None",
        "default_loras": [[True, "None", 1.0]],
        "default_cfg_scale": 4.5,
        "default_overwrite_step": -1,
        "default_prompt": "",
        "default_prompt_negative": "ugly",
        "default_styles": ["Fooocus V2", "Oil"],
        "default_aspect_ratio": "1152*896",
    }
    found = read(preset, "C:\\presets\\realistic.json")
    assert found.presets == [
        Preset(
            "realistic",
            "juggernautXL_v8Rundiffusion.safetensors",
            {"guidance_scale": 4.5, "negative_prompt": "ugly", "width": 1152, "height": 896},
            ("Fooocus V2", "Oil"),
        )
    ]
    assert found.passed_over == ["default_refiner", "default_loras"]


def test_swarmuis_presets_are_a_style_where_they_take_the_prompt_in_and_a_form_besides() -> None:
    def preset(title: str, **params: str) -> dict[str, Any]:
        about = {"author": "me", "title": title, "description": "", "preview_image": ""}
        return {**about, "is_starred": False, "param_map": params}

    found = read(
        {
            "Soft": preset("Soft", prompt="soft light on {value}", negativeprompt="{value}, hard"),
            "Both": preset("Both", prompt="{value} in oil", steps="8", seed="-1", sampler="euler"),
            "Fixed": preset("Fixed", prompt="a cat", cfgscale="3.5", width="832", seed="7"),
        }
    )
    assert found.styles == [
        Style("Soft", "soft light on {prompt}", "{prompt}, hard"),
        Style("Both", "{prompt} in oil"),
    ]
    assert found.presets == [
        Preset("Both", "", {"num_steps": 8}, ("Both",), random_seed=True),
        Preset(
            "Fixed",
            "",
            {"prompt": "a cat", "guidance_scale": 3.5, "width": 832, "seed": 7},
            random_seed=False,
        ),
    ]
    assert found.passed_over == ["author", "sampler"]


def test_kritas_file_holds_a_style_and_the_numbers_that_go_with_it() -> None:
    krita = {
        "name": "Harbour",
        "version": 2,
        "architecture": "auto",
        "checkpoints": ["harbour_v2.safetensors", "Harbour XL"],
        "loras": [],
        "style_prompt": "concept art {prompt} . matte painting",
        "negative_prompt": "photo",
        "clip_skip": 0,
        "sampler": "Default - DPM++ 2M",
        "sampler_steps": 20,
        "cfg_scale": 7.0,
    }
    found = read(krita)
    assert found.styles == [Style("Harbour", "concept art {prompt} . matte painting", "photo")]
    numbers = {"num_steps": 20, "guidance_scale": 7.0}
    assert found.presets == [Preset("Harbour", "harbour_v2.safetensors", numbers, ("Harbour",))]
    assert found.passed_over == ["architecture", "sampler"]
    old = read({"name": "Old", "style_prompt": "", "sd_checkpoint": "old.ckpt", "cfg_scale": "7"})
    assert (old.styles, old.presets) == ([], [Preset("Old", "old.ckpt", {"guidance_scale": 7})])
    broken = read({**krita, "cfg_scale": [7]})
    assert not broken.styles and not broken.presets and len(broken.left_out) == 1


def test_sdnexts_file_holds_one_style() -> None:
    style = {"name": "Oil", "description": "thick", "prompt": OIL.prompt, "negative": ""}
    found = read({**style, "extra": "Steps: 20", "wildcards": "", "preview": ""}, "Oil.json")
    assert (found.styles, found.passed_over) == ([OIL], ["description", "extra"])


# --- our own -------------------------------------------------------------------------------------


def test_what_is_exported_as_json_comes_back_without_loss() -> None:
    odd = Style('# "=1+1", \U0001f43a', "a\nb, {prompt} and {prompt}", "'-x")
    preset = Preset(
        "P", "m", {"seed": 2**53 + 1, "guidance_scale": 3.5, "prompt": "x"}, ("Oil",), False, 4
    )
    book = Book((CINEMA, OIL, odd), (preset, Preset("bare")))
    found = read(book_text(book))
    assert (tuple(found.styles), tuple(found.presets)) == (book.styles, book.presets)


def test_what_is_exported_as_csv_comes_back_and_runs_in_no_spreadsheet() -> None:
    styles = [CINEMA, Style("=HYPERLINK(1)", "-a, {prompt}", "@x"), Style("a,b", 'c"d\ne')]
    table = write_table([asdict(style) for style in styles])
    assert not table.startswith("\ufeff"), "InvokeAI refuses it"
    assert "'=HYPERLINK" in table
    assert read(table).styles == styles


# --- files that lie ------------------------------------------------------------------------------


def test_an_entry_that_cannot_be_taken_is_named_and_the_others_are_taken() -> None:
    deep: Any = "x"
    for _ in range(200):
        deep = [deep]
    entries = [
        asdict(OIL),
        {"name": "No text", "prompt": " "},
        {"name": 7, "prompt": "x"},
        {"name": "Wrong", "prompt": 7},
        {"name": "Deep", "prompt": deep},
        {"name": "n" * 200_000, "prompt": "x"},
        {"name": "two\nlines", "prompt": "x"},
        {"name": "Long", "prompt": "x" * (TEXT_MAX_CHARS + 1)},
        {"name": "Half", "prompt": "\ud800"},
        {"name": "Zero", "prompt": "a\0b"},
        "a text",
        None,
    ]
    found = read(entries)
    assert found.styles == [OIL]
    assert [name for name, _ in found.left_out] == [
        *("No text", "number 3", "Wrong", "Deep", "n" * 60, "two lines", "Long", "Half", "Zero"),
        *("number 11", "number 12"),
    ]
    assert all(str(why).endswith(".") for _, why in found.left_out)


def test_a_row_of_more_cells_than_columns_is_left_out_rather_than_cut() -> None:
    found = read("name,prompt\nOil,oil painting, impasto\nInk,ink\n,nameless\n")
    assert found.styles == [Style("Ink", "ink")]
    assert [name for name, _ in found.left_out] == ["Oil", "line 4"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ("just a text", "No styles or presets were found"),
        ("name,colour\na,b", "No styles or presets were found"),
        ('name,prompt\na,"b', "Line"),
        ('name,prompt\na,"' + "b" * 200_000 + '"', "Line"),
        ('{"name": "a", "prompt": ', "breaks off"),
        ("[1, 2]", "No styles or presets were found"),
        ("{}", "No styles or presets were found"),
        ('[{"name": "a", "prompt": NaN}]', "NaN"),
        ('{"a": {"param_map": {}}, "a": {"param_map": {}}}', "a stands twice"),
        ("[" * 100_000, "No styles or presets were found"),
        ('{"name": "a", "prompt": ' + "[" * 50_000 + "]" * 50_000 + "}", "No styles"),
        ("[" + "9" * 5000 + "]", "No styles or presets were found"),
        ('{"version": 2, "styles": []}', "another version"),
        ("name,prompt\n" + "a,b\n" * (STYLES_MAX + 1), "more than 2,000"),
        (json.dumps([{"name": "a", "prompt": "b"}] * (STYLES_MAX + 1)), "more than 2,000"),
        (json.dumps({"presets": [{}] * (PRESETS_MAX + 1), "styles": []}), "more than"),
    ],
    ids=lambda text: str(text)[:24],
)
def test_a_file_of_which_nothing_can_be_taken_says_why(content: str, words: str) -> None:
    assert words in told(content)


def test_other_encodings_and_large_files_are_refused_in_words() -> None:
    for data, words in (
        ("name,prompt\ncafé,x".encode("latin-1"), "UTF-8"),
        ("name,prompt\na,b".encode("utf-16"), "UTF-8"),
        (b"x" * (FILE_MAX_BYTES + 1), "2 MB"),
    ):
        with pytest.raises(InvalidInput, match=words):
            read_file(data)
