"""What strangers may send: JSON of any shape, and whole files and answers with damage in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from hypothesis import strategies as st

numbers = st.one_of(
    st.integers(),
    st.integers(-3, 3),
    st.floats(),
    st.sampled_from([0, -1, 2**31, 2**53, 2**63, 2**64, 10**25, 1e308, float("nan"), -0.0]),
)
texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["", " ", "0", "-1", "1e999", "NaN", "\ud800", "\0", "null", "[]", "\u202e"]),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)


def json_values(names: Iterable[str] = (), *leaves: st.SearchStrategy[Any]) -> Any:
    """Return any JSON value; keys are often among `names`, what holds no other among `leaves`."""
    keys = st.one_of(st.sampled_from([*names, "x"]), texts)
    return st.recursive(
        st.one_of(scalars, *leaves),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=6)
        ),
        max_leaves=20,
    )


@st.composite
def changed(draw: Any, document: Any, anything: st.SearchStrategy[Any]) -> Any:
    """Return `document` with up to three of its values, on any level, exchanged or gone."""
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(list(_places(document))))
        gone = draw(st.integers(0, 3)) == 0
        document = _put(document, path, _GONE if gone else draw(anything))
    return document


_GONE = object()


def _places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(document, dict | list):
        for key in document if isinstance(document, dict) else range(len(document)):
            yield from _places(document[key], (*path, key))


def _put(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return a copy of `document` with `value` at `path`; without that place for _GONE."""
    if not path:
        return {} if value is _GONE else value
    inner = _put(document[path[0]], path[1:], value) if path[1:] else value
    if isinstance(document, list):
        new = [inner if at == path[0] else old for at, old in enumerate(document)]
        return [value for value in new if value is not _GONE]
    return {k: v for k, v in {**document, path[0]: inner}.items() if v is not _GONE}


@st.composite
def damaged(draw: Any, seeds: st.SearchStrategy[bytes]) -> bytes:
    """Return one of `seeds` with up to six pieces cut, doubled, overwritten or put in."""
    data = draw(seeds)
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(data)))
        # Near where the last cut was, as often as anywhere: lengths and checksums are short.
        end = min(len(data), start + draw(st.one_of(st.integers(0, 8), st.integers(0, len(data)))))
        piece = draw(_PIECES)
        data = draw(st.sampled_from(_DAMAGES))(data, start, end, piece)
    return data


_PIECES = st.one_of(
    st.binary(max_size=12),
    st.sampled_from(
        [b"\0", b"\xff", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\xff\xd9"]
    ),
)

_DAMAGES: list[Callable[[bytes, int, int, bytes], bytes]] = [
    lambda data, start, end, piece: data[:start] + data[end:],
    lambda data, start, end, piece: data[:start] + data[start:end] * 2 + data[end:],
    lambda data, start, end, piece: data[:start] + piece + data[start + len(piece) :],
    lambda data, start, end, piece: data[:start] + piece + data[start:],
    lambda data, start, end, piece: data[:start],
]
