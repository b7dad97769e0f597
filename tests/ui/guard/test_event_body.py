"""What an event may hold."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ui  # noqa: F401  # before gradio
from ui.door.event_body import DEPTH_MAX, Unfit, read_event, write_event

FILE = {"path": "/dev/zero", "meta": {"_type": "gradio.FileData"}}

_ATOMS = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text()
_NAMES = st.text(st.characters(blacklist_categories=["Cs"], min_codepoint=97, max_codepoint=99))
_VALUES = st.recursive(
    _ATOMS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4)
)


def body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def wrapped(value: object, way: int) -> object:
    """Hide a value within others, in one of several ways."""
    return [
        value,
        [value],
        {"a": value},
        [[1, {"b": [value]}]],
        {"x": {"y": {"z": [None, value]}}},
        {"value": value, "label": "x"},
    ][way]


@pytest.mark.parametrize("way", range(6))
@pytest.mark.parametrize("place", ["data", "event_data"])
@pytest.mark.parametrize(
    "file",
    [
        FILE,
        {"path": "/etc/passwd"},
        {"meta": {"_type": "gradio.FileData"}},
        {"_type": "gradio.FileData"},
        {"PATH": "/etc/passwd", "Meta": {}},
        {" path ": "x"},
        {"__type__": "update", "value": "x"},
        {"path": None, "url": "http://127.0.0.1:1/", "meta": {"_type": "gradio.FileData"}},
        {"is_stream": True},
    ],
)
def test_a_file_is_refused_wherever_it_stands(file: object, place: str, way: int) -> None:
    hidden = wrapped(file, way)
    data, more = ([hidden, 1], None) if place == "data" else ([], hidden)
    with pytest.raises(Unfit, match="takes a file"):
        read_event(body(data=data, event_data=more))


@pytest.mark.parametrize(
    "text",
    [
        '{"data": [{"\\u0070ath": "/dev/zero", "m\\u0065ta": {"_type": "gradio.FileData"}}]}',
        '{"data": [], "data": [{"path": "/dev/zero"}]}',
    ],
)
def test_another_spelling_of_the_same_json_is_the_same(text: str) -> None:
    with pytest.raises(Unfit, match="takes a file"):
        read_event(text.encode())


def test_of_a_name_given_twice_the_one_that_was_checked_goes_on() -> None:
    twice = b'{"data": [{"path": "/dev/zero"}], "data": ["a"]}'
    assert json.loads(write_event(read_event(twice))) == {"data": ["a"]}


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (b"\xff", "UTF-8"),
        (b'{"data": ["\xed\xa0\x80"]}', "UTF-8"),
        ('{"data": []}'.encode("utf-16"), "UTF-8"),
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"[]", "no"),
        (b"null", "no"),
        (b'"x"', "no"),
        (b'{"data": [NaN]}', "NaN is no number"),
        (b'{"data": [-Infinity]}', "Infinity is no number"),
        (b'{"data": [1e999]}', "too large"),
        (b'{"data": [' + b"9" * 5_000 + b"]}", "too large"),
        (b"[" * 100_000, "deeply"),
        (b'{"data": ' + b"[" * 60 + b"]" * 60 + b"}", "deeply"),
        (b'{"data": {}}', "list"),
        (b'{"data": "x"}', "list"),
        (b'{"session_hash": {}}', "session_hash"),
        (b'{"session_hash": "\\ud800"}', "session_hash"),
        (b'{"session_hash": "a b"}', "session_hash"),
        (b'{"event_id": 1}', "event_id"),
        (b'{"fn_index": "1"}', "fn_index"),
        (b'{"fn_index": true}', "fn_index"),
        (b'{"fn_index": 1.0}', "fn_index"),
        (b'{"fn_index": -1}', "fn_index"),
        (b'{"trigger_id": []}', "trigger_id"),
        (b'{"event_data": {"id": "\\ud800"}}', "Half of a sign"),
        (b'{"event_data": {"\\ud800": 1}}', "Half of a sign"),
        (b'{"data": [["\\udfff"]]}', "Half of a sign"),
    ],
)
def test_what_is_no_event_is_refused_in_words(sent: bytes, sentence: str) -> None:
    with pytest.raises(Unfit, match=sentence):
        read_event(sent)


def test_what_the_page_sends_goes_on_as_it_is() -> None:
    sent: dict[str, Any] = {
        "data": ["a \U0001f98a", 7, True, None, 0.5, {"width": 64}, [["a", "b"]], "\ud83d"],
        "event_data": {"id": "0" * 32, "what": "all"},
        "fn_index": 3,
        "trigger_id": 12,
        "session_hash": "abc123",
    }
    assert json.loads(write_event(read_event(body(**sent, unknown=1, batched=True)))) == sent


@given(_VALUES, _VALUES)
def test_whatever_comes_is_refused_or_goes_on_whole(data: object, more: object) -> None:
    try:
        event = read_event(json.dumps({"data": [data], "event_data": more}).encode())
    except Unfit:
        return
    written = write_event(event)
    assert json.loads(written) == event
    assert event["data"] == [data]


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_refused_or_an_event(sent: bytes) -> None:
    try:
        assert isinstance(read_event(sent), dict)
    except Unfit as unfit:
        assert str(unfit)


@given(_VALUES, st.integers(0, 5), st.lists(st.sampled_from("ld"), max_size=DEPTH_MAX - 6))
def test_no_file_is_hidden_deeply_enough(value: object, way: int, layers: list[str]) -> None:
    hidden: object = wrapped({"x": value, **FILE}, way)
    for layer in layers:
        hidden = [hidden] if layer == "l" else {"k": hidden}
    with pytest.raises(Unfit):
        read_event(json.dumps({"data": [hidden]}).encode())
