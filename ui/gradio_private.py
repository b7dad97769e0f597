"""All that we touch of Gradio's private parts, in one file.

`prepare()` runs before the first `import gradio` (ui/__init__.py sees to it). Everything here has
a test in tests/ui/test_gradio_private.py that fails when a new Gradio drops or renames it.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.abc
import importlib.util
import inspect
import os
import re
import shutil
import ssl
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

ENVIRONMENT = {
    # Exactly "False": any other spelling leaves the look-ups at start on.
    "GRADIO_ANALYTICS_ENABLED": "False",
    # The queue's own analytics rebuild a pandas summary at every event unless they are rare.
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000",
    "GRADIO_ANALYTICS_MAX_EVENTS": "100",
}

_OTHERS = re.compile(
    r"GRADIO_|HF_|HUGGING_?FACE_|SPACES?_|SYSTEM$|FASTAPI_|STARLETTE_|UVICORN_|OTEL_|MCP_",
    re.IGNORECASE,
)
"""Names by which other programs' settings would reach Gradio and what it serves with."""

_NEEDED = re.compile(
    r"PATH$|PATHEXT$|HOME|USER|LOGNAME$|LANG|LC_|TZ$|TE?MP|PYTHON|LD_|DYLD_|XDG_"
    r"|SYSTEMROOT$|SYSTEMDRIVE$|WINDIR$|COMSPEC$|APPDATA$|LOCALAPPDATA$|PROGRAM|ALLUSERSPROFILE$"
    r"|NUMBER_OF_PROCESSORS$|PROCESSOR_|VIRTUAL_ENV$|GRADIO_",
    re.IGNORECASE,
)
"""What libraries need to know of the computer while they are imported."""

LATER = {
    "pandas": (),  # to tell tables apart, in a cache that we do not use
    "gradio.cli": ("deploy",),  # the commands of a terminal, on typer and rich
    "gradio.external": ("load", "load_chat", "load_openapi"),  # other people's models
    "gradio.mcp": ("tool", "resource", "prompt"),  # which imports all of mcp where that is there
    "gradio.workflow": ("Workflow",),
    "hf_gradio.cli": ("_condense_info", "generate_cli_snippet"),
}
"""What Gradio imports and this page never uses, with the functions taken from it by name.

A quarter of the time of `import gradio`. Each is still there, and imported when it is first used.
"""

SESSIONS_MAX = 200
"""How many sessions Gradio remembers, instead of 10,000."""

_STUBS = "gradio.component_meta"
_COMMAND_LINE = "httpx._main"


def prepare() -> None:
    """Set Gradio's environment and make its import quick. Doing it again changes nothing.

    40 % of the import's time goes into rewriting `.pyi` stubs for editors, at every start.
    """
    for name in [name for name in os.environ if _OTHERS.match(name)]:
        if ENVIRONMENT.get(name) != os.environ[name]:
            del os.environ[name]
    os.environ.update(ENVIRONMENT)
    if "httpx" not in sys.modules:  # whose own commands load since Gradio brings rich and click
        sys.modules[_COMMAND_LINE] = _Later(_COMMAND_LINE, ("main",))
    if _STUBS in sys.modules:
        _silence(sys.modules[_STUBS])
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


@contextmanager
def own_environment() -> Iterator[None]:
    """Let libraries be imported as on a computer where nothing is set for anybody.

    Many read names of their own then, and end the import where they cannot make sense of one.
    Gradio and others also build clients of httpx, which a proxy that cannot be used would stop:
    they get none. Afterwards all is as before, for the platform's connection and the browser.
    """
    before = dict(os.environ)
    for name in [name for name in before if not _NEEDED.match(name)]:
        del os.environ[name]
    os.environ["no_proxy"] = "*"  # those of Windows and macOS as well
    try:
        yield
    finally:
        os.environ.pop("no_proxy", None)
        for name, value in before.items():
            os.environ.setdefault(name, value)


def private_folder(data: Path) -> Path:
    """Make Gradio keep its files in an empty folder of mode 0700 below `data`, and return it.

    To be called before a page is built. What an earlier start left there goes.
    """
    folder = data / "gradio"
    try:
        if folder.is_symlink() or not folder.is_dir():
            folder.unlink(missing_ok=True)
        else:
            shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
    except OSError:  # it is for nothing that anybody asks for: no reason not to start
        folder = Path(tempfile.mkdtemp(prefix="playground-"))
    os.environ["GRADIO_TEMP_DIR"] = str(folder.absolute())
    return folder


def know_signatures(block: Any) -> None:
    """Let Gradio look the constructors of `block` and of all its kinds up once.

    It inspects one for each component that it makes or describes, and each that an event changes is
    made and described anew: a third of such an event's time.
    """
    for kind in block.__subclasses__():
        know_signatures(kind)
        made: Any = inspect.unwrap(kind.__init__)
        made.__signature__ = inspect.signature(made)


@contextmanager
def page_alone() -> Iterator[None]:
    """Let a page be built without the application that Gradio makes for it, twice, 40 ms each.

    mount() makes the one that serves it. To be used by one thread at a time.
    """
    from gradio.routes import App  # noqa: PLC0415

    apps: Any = App
    make = apps.create_app
    apps.create_app = staticmethod(lambda *_args, **_more: None)
    try:
        yield
    finally:
        apps.create_app = make


def tune_queue(demo: Any) -> None:
    """Let the idle queue sleep (6.5 % of a core otherwise) and many jobs run at once."""
    demo._queue.sleep_when_free = 0.02
    demo._queue.progress_update_sleep_when_free = 0.05
    demo._queue.max_thread_count = 200  # 40 would cap all queued jobs, async ones too


def lighten_sessions(demo: Any) -> None:
    """Let a new session, which each API call is, take its description of the page from a memo.

    Gradio describes every block anew for each session (4 ms), and what an event changes twice at
    each (2 ms for another model), for deep links, which we have not. What an event changes is a
    block made anew, which nothing renders: it stays described as it was at first.
    """
    described = type(demo.default_config)
    describe = described.config_for_block
    memo: dict[int, dict[str, Any]] = {}

    def config_for_block(key: int, rendered: list[int], block: Any, renderable: Any = None) -> Any:
        own = demo.blocks.get(key)
        changed = own is not None and not block.is_rendered
        if renderable is not None or not (changed or own is block):
            return describe(key, rendered, block, renderable)
        if key not in memo:
            memo[key] = describe(key, rendered, own)
        return {**memo[key], "props": dict(memo[key].get("props", {}))}  # sessions write into it

    def copied(own: Any) -> Any:  # which each session's is, of the class that Gradio names
        copy = described.__copy__(own)
        copy.__class__ = type(own)
        return copy

    # A class of the page's own: Gradio's would keep all of the page's, and those of others.
    parts = {"config_for_block": staticmethod(config_for_block), "__copy__": copied}
    demo.default_config.__class__ = type("BlocksConfig", (described,), parts)
    # Each call of a program that names no session is one, and takes 60 to 115 kB. The page keeps
    # nothing in its sessions: one that is gone is made anew.
    demo.state_session_capacity = SESSIONS_MAX


def in_languages(demo: Any, language: Callable[[], str], build: Callable[[], Any]) -> None:
    """Describe the page to each browser in its own language, as `build` makes it there.

    `language` tells whose the request under way is: "" stands for that of `demo`. Only what a
    component shows differs; ids, events and functions are those of `demo`. A page takes 30 ms to
    build, at the first request in a language; Gradio asks in a thread of its own.
    """
    described: dict[str, Any] = {"": demo.config}
    building = threading.Lock()

    async def built() -> Any:  # in a loop, else Gradio opens one and never closes it
        return build().get_config_file()

    def config(_: Any) -> Any:
        with building:
            if (tag := language()) not in described:
                own, other = described[""], asyncio.run(built())
                pairs = zip(own["components"], other["components"], strict=True)
                shown = [{**one, "props": another["props"]} for one, another in pairs]
                described[tag] = {**own, "components": shown, "title": other["title"]}
            return described[tag]

    def write(_: Any, config: Any) -> None:
        described.clear()
        described[""] = config

    demo.__class__ = type("Blocks", (type(demo),), {"config": property(config, write)})


def complete_calls(demo: Any) -> None:
    """Give a call with too few arguments the function's defaults, None where it has none.

    Gradio's own client does so itself; to a program that calls over plain HTTP Gradio would answer
    with an error without words, and fill the terminal.
    """
    validate = demo.validate_inputs

    def validate_inputs(block_fn: Any, inputs: list[Any]) -> None:
        if block_fn.api_visibility == "public":
            parameters = list(inspect.signature(block_fn.fn).parameters.values())
            inputs += [
                None if parameter.default is parameter.empty else parameter.default
                for parameter in parameters[len(inputs) : len(block_fn.inputs)]
            ]
        validate(block_fn, inputs)

    demo.validate_inputs = validate_inputs


@dataclass(frozen=True, slots=True)
class Takes:
    """How many values an event may have."""

    least: int
    most: int


class Events:
    """What can be known of the events of a mounted Gradio `app`, before it is asked for one."""

    def __init__(self, app: Any) -> None:
        self._demo = app.get_blocks()

    def takes(self, name: str | None, index: int | None) -> Takes | None:
        """Return what the function takes that is meant, None where there is none.

        Gradio goes by the index, and by the name where there is none.
        """
        functions = self._demo.fns
        if index is not None:
            function = functions.get(index)
        else:
            named = (f for f in functions.values() if f.api_name == name and name is not None)
            function = next(named, None)
        if function is None or function.fn is None:  # a script's own: there is nothing to call
            return None
        most = len(function.inputs)
        # complete_calls() fills up what public ones leave out.
        return Takes(0 if function.api_visibility == "public" else most, most)

    def is_awaited(self, session: str) -> bool:
        """Whether anything was asked by this session that has not been told yet."""
        return session in self._demo._queue.pending_messages_per_session

    def is_pending(self, event: str) -> bool:
        """Whether this event was asked for and has not been told of yet."""
        queue = self._demo._queue
        return event in queue.event_ids_to_events or any(
            event in events for events in queue.pending_event_ids_session.values()
        )


def request_of_call() -> HTTPConnection | None:
    """Return the request that a function of the page answers.

    What Gradio's queue calls runs apart from its request.
    """
    from gradio.context import LocalContext  # noqa: PLC0415

    called = LocalContext.request.get(None)
    return getattr(called, "request", None)


def mount(gr: ModuleType, app: Any, demo: Any, **options: Any) -> Any:
    """Mount `demo` at the root of `app` and return `app`."""
    tune_queue(demo)
    lighten_sessions(demo)
    complete_calls(demo)
    gr.mount_gradio_app(app, demo, path="/", ssr_mode=False, **options)
    demo.has_launched = True  # else Gradio moves whatever file a value names
    return app


class _Finder(importlib.abc.MetaPathFinder):
    """Hands out gradio.component_meta silenced, and gradio without what it does not need."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in (_STUBS, "gradio"):
            return None
        sys.meta_path.remove(self)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            if name != _STUBS:  # the last that is waited for
                sys.meta_path.insert(0, self)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            if name == _STUBS:
                execute(module)
                _silence(module)
            else:
                with own_environment(), _standing_in(), _without_certificates():
                    execute(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


class _Later(ModuleType):
    """Stands in for a module until it is used: but for `functions`, any name imports it.

    A function taken from it imports the module when it is called.
    """

    def __init__(self, name: str, functions: Sequence[str]) -> None:
        super().__init__(name)
        self._functions = functions

    def __getattr__(self, name: str) -> Any:
        if name in self._functions:
            return _called_later(self, name)
        if name.startswith("__"):  # only asked what kind of module it is
            raise AttributeError(name)
        return getattr(_real(self), name)


def _called_later(module: _Later, name: str) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        return getattr(_real(module), name)(*args, **kwargs)

    return call


def _real(module: _Later) -> ModuleType:
    if sys.modules.get(module.__name__) is module:
        del sys.modules[module.__name__]
    return importlib.import_module(module.__name__)


@contextmanager
def _standing_in() -> Iterator[None]:
    """Let modules be stood in for; those who import them afterwards get the modules themselves."""
    made = {name: _Later(name, names) for name, names in LATER.items() if name not in sys.modules}
    sys.modules.update(made)
    try:
        yield
    finally:
        for name, module in made.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


@contextmanager
def _without_certificates() -> Iterator[None]:
    """Let Gradio's three clients of other servers trust nobody: we have it ask none.

    The certificates of the world take each of them 20 ms to read.
    """
    real = ssl.create_default_context
    ssl.create_default_context = lambda *_, **__: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        yield
    finally:
        ssl.create_default_context = real


def _silence(module: ModuleType) -> None:
    module.create_or_modify_pyi = lambda *args, **kwargs: None  # type: ignore[attr-defined]
