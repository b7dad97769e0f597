"""All that we touch of Gradio's private parts, in one file.

`prepare()` runs before the first `import gradio` (ui/__init__.py sees to it). Everything here has
a test in tests/ui/test_gradio_private.py that fails when a new Gradio drops or renames it.
"""

from __future__ import annotations

import importlib.abc
import importlib.util
import inspect
import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

ENVIRONMENT = {
    # Exactly "False": any other spelling leaves the look-ups at start on.
    "GRADIO_ANALYTICS_ENABLED": "False",
    # The queue's own analytics rebuild a pandas summary at every event unless they are rare.
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000",
    "GRADIO_ANALYTICS_MAX_EVENTS": "100",
}

_STUBS = "gradio.component_meta"


def prepare() -> None:
    """Set Gradio's environment and make its import quick. Doing it again changes nothing.

    40 % of the import's time goes into rewriting `.pyi` stubs for editors, at every start.
    """
    os.environ.update(ENVIRONMENT)
    if _STUBS in sys.modules:
        _silence(sys.modules[_STUBS])
    elif not any(isinstance(finder, _StubsFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _StubsFinder())


def tune_queue(demo: Any) -> None:
    """Let the idle queue sleep (6.5 % of a core otherwise) and many jobs run at once."""
    demo._queue.sleep_when_free = 0.02
    demo._queue.progress_update_sleep_when_free = 0.05
    demo._queue.max_thread_count = 200  # 40 would cap all queued jobs, async ones too


def lighten_sessions(demo: Any) -> None:
    """Let a new session, which each API call is, take its description of the page from a memo.

    Gradio describes every block anew for each session (4 ms), for deep links, which we have not.
    A block that an event has changed is another object, and is described as before.
    """
    config = type(demo.default_config)
    describe = config.config_for_block
    memo: dict[int, dict[str, Any]] = {}

    def config_for_block(key: int, rendered: list[int], block: Any, renderable: Any = None) -> Any:
        if renderable is not None or demo.blocks.get(key) is not block:
            return describe(key, rendered, block, renderable)
        if key not in memo:
            memo[key] = describe(key, rendered, block)
        return {**memo[key], "props": dict(memo[key].get("props", {}))}  # sessions write into it

    config.config_for_block = staticmethod(config_for_block)


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


def mount(gr: ModuleType, app: Any, demo: Any, **options: Any) -> Any:
    """Mount `demo` at the root of `app` and return `app`."""
    tune_queue(demo)
    lighten_sessions(demo)
    complete_calls(demo)
    gr.mount_gradio_app(app, demo, path="/", ssr_mode=False, **options)
    return app


class _StubsFinder(importlib.abc.MetaPathFinder):
    """Hands out gradio.component_meta with its stub writer silenced, once."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _STUBS:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            _silence(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _silence(module: ModuleType) -> None:
    module.create_or_modify_pyi = lambda *args, **kwargs: None  # type: ignore[attr-defined]
