"""Where the program stands below its host: "" or, behind a proxy, something like "/pg".

Known for the request that is being answered; paths that go out to browsers and programs begin with
it. Inside, and in all that comes in, paths are without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ROOT: ContextVar[str] = ContextVar("root", default="")


def root() -> str:
    """Return what stands before all paths."""
    return _ROOT.get()


def at(path: str) -> str:
    """Return a path of ours, which begins with a slash, as others have to ask for it."""
    return _ROOT.get() + path


@contextmanager
def below(prefix: str) -> Iterator[None]:
    """Answer as standing below `prefix`."""
    token = _ROOT.set(prefix)
    try:
        yield
    finally:
        _ROOT.reset(token)
