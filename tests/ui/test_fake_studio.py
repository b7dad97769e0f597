"""The studio that the page's tests stand on has no member that the real one lacks."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from backend.generation.dispatcher import Dispatcher
from backend.library.gallery import Gallery
from backend.studio import Studio
from tests.ui.fake_studio import FakeGallery, FakeJobs, FakeStudio

OF_THE_TESTS = {"put"}  # what fills the fake


def shape(member: object) -> object:
    """Return what a caller sees: names, kinds and defaults, and whether it is awaited."""
    assert callable(member)
    parameters = inspect.signature(member).parameters.values()
    seen = [(p.name, p.kind, p.default) for p in parameters]
    return seen, inspect.iscoroutinefunction(member)


@pytest.mark.parametrize(
    ("fake", "real"), [(FakeStudio, Studio), (FakeJobs, Dispatcher), (FakeGallery, Gallery)]
)
def test_the_fake_answers_to_nothing_but_what_the_real_one_answers_to(
    fake: type, real: type
) -> None:
    members = {
        name: member
        for name, member in vars(fake).items()
        if not name.startswith("_") and name not in OF_THE_TESTS
    }
    assert len(members) >= 4
    for name, member in members.items():
        assert hasattr(real, name), f"{real.__name__} has no {name}"
        assert shape(member) == shape(getattr(real, name)), name


async def test_both_hold_the_same_parts(tmp_path: Path) -> None:
    fake = FakeStudio(tmp_path)
    for name in ("account", "jobs", "gallery", "ready", "notices"):
        assert hasattr(fake, name)
        assert f"self.{name}" in inspect.getsource(Studio)
