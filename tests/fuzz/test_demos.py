"""Whatever stands in a recording's file: what makes sense is played, and every page can show it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backend.sessions.demo import demo_of
from backend.sessions.player import Playback
from tests.fuzz.inputs import changed, json_values
from tests.phones import phone_json
from ui.present.sessions import desk_json, stage_json

HEADER = {"demo": 1, "title": "Open day", "recorded": "2026-11-26", "model": "m"}
PLAN = {"title": "Open day", "model": "m", "images": 40, "each": 2, "approve": True, "gate": True,
        "menu": "", "values": {"num_steps": 4}}  # fmt: skip
LANDED = {"sha256": "0" * 64, "seconds": 1.5, "price": "0.018", "seed": 7, "model": "m"}
LINES: list[Any] = [
    [0, "plan", PLAN],
    [5, "joined", {"visitor": "v1"}],
    [5, "door", {"state": "open"}],
    [5, "trusted", {"next": 2}],
    [5, "wish", {"id": "w1", "visitor": "v1", "text": "a fox", "over": {"seed": 1}}],
    [5, "wish", {"id": "w2", "visitor": "", "text": "an owl", "approved": True, "parent": "w1"}],
    [5, "approved", {"id": "w1"}],
    [5, "sent", {"id": "w1"}],
    [5, "landed", {"id": "w1", **LANDED}],
    [5, "sent", {"id": "w2"}],
    [5, "failed", {"id": "w2", "doubt": True}],
    [5, "landed", {"id": "w2", **LANDED, "recorded": "2026-11-25"}],
    [5, "shown", {"id": "w1"}],
    [5, "round", {"id": "r1", "options": ["w1", "w2"]}],
    [5, "vote", {"round": "r1", "visitor": "v1", "option": 1}],
    [5, "closed", {"round": "r1"}],
    [5, "scene", {"black": True, "wall": False}],
    [5, "hidden", {"id": "w1"}],
    [5, "raised", {"images": 50}],
    [5, "ended", {}],
]
NAMES = ("id", "visitor", "text", "over", "w1", "v1", "r1", "plan", "round", "options", "landed")

anything = json_values(NAMES, st.sampled_from(["w1", "w2", "v1", "r1", 1e400, -1, 10**30, True]))
files = st.one_of(
    changed([HEADER, *LINES], anything),
    st.permutations(LINES).map(lambda lines: [HEADER, LINES[0], *lines]),
    st.lists(anything, max_size=8).map(lambda lines: [HEADER, LINES[0], *lines]),
)


@given(files)
def test_whatever_stands_in_a_file_is_played_and_shown_or_is_no_recording(lines: Any) -> None:
    lines = lines if isinstance(lines, list) else [lines]
    try:
        demo = demo_of("a-name", json.loads(json.dumps(lines)))
    except ValueError:
        return
    times = [at for at, _ in demo.timed]
    assert times == sorted(times) and times[0] >= 0
    book = Playback("f" * 32, demo, missing=sorted(demo.digests))
    for _, event in demo.timed:
        book.play(event)
        pages = (
            desk_json(book.told, code="", addresses=(), here=0, trouble=book.trouble),
            stage_json(book.told, code="", addresses=(), here=0),
            phone_json(book.told, "v1"),
        )
        for page in pages:
            json.dumps(page, allow_nan=False)
            assert page["recorded"] and page.get("recorded_on", True)
        assert pages[0]["spent_usd"] == 0 and pages[0]["used"] == 0
