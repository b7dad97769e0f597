"""Who made an image is who the server says, where that is plainly another than was asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backend.catalogue.load import load_catalogue
from backend.generation.maker import maker
from backend.types import RawImage

FIRST = next(iter(load_catalogue().values()))
ASKED = "home/sd/dream.safetensors#a1b2c3d4e5"
OTHER = "home/real.ckpt#0123456789"
BARE = "home/old.ckpt"
SHARP = "home/cats #3.ckpt"
MODELS = {
    FIRST.id: FIRST,
    **{id: replace(FIRST, id=id, connection="home") for id in (ASKED, OTHER, BARE, SHARP)},
}


@pytest.mark.parametrize(
    ("asked", "name", "version", "made_by"),
    [
        (ASKED, "", "", ASKED),
        (ASKED, "dream", "", ASKED),
        (ASKED, "Dream", "a1b2c3d4e5", ASKED),
        (ASKED, "renamed", "a1b2c3d4e5f6a7", ASKED),  # the same weights, whatever they are called
        (ASKED, "dream", "ffffffff00", "home/dream#ffffffff00"),  # another file of that name
        (ASKED, "real", "0123456789", OTHER),
        (ASKED, "real", "", OTHER),
        (ASKED, "", "0123456789", OTHER),
        (ASKED, "unheard of", "", "home/unheard of"),
        (ASKED, "", "abcdef0123", "home/abcdef0123"),
        (BARE, "old", "abcdef0123", BARE),  # listed before the server knew its hash
        (BARE, "real", "0123456789", OTHER),
        (SHARP, "cats #3", "", SHARP),
        (SHARP, "cats ", "", "home/cats "),
        (FIRST.id, "", "", FIRST.id),
        ("gone/dream", "dream", "", "gone/dream"),
    ],
)
def test_the_model_that_made_it(asked: str, name: str, version: str, made_by: str) -> None:
    assert maker(asked, RawImage(b"", model=name, version=version), MODELS) == made_by
