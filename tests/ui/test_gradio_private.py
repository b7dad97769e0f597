"""Each of Gradio's private names that we use is still there and still does what we need."""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import sys
from pathlib import Path

import gradio as gr
import gradio.component_meta
import httpx
import pytest
from fastapi import FastAPI
from gradio import queueing
from gradio.blocks import Block, BlocksConfig
from gradio.routes import App
from gradio.state_holder import SessionState

from ui import gradio_private

pytestmark = pytest.mark.wide

ROOT = Path(__file__).resolve().parents[2]


def in_fresh_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_gradio_still_has_the_stub_writer_that_is_silenced() -> None:
    source = inspect.getsource(gradio.component_meta)
    assert "def create_or_modify_pyi(" in source
    assert source.count("create_or_modify_pyi(") > 1, "the import no longer calls it"


def test_import_writes_no_stubs_and_analytics_are_off_before_it() -> None:
    code = (
        "import ui, pathlib; "
        "pathlib.Path.write_text = lambda *a, **k: print('wrote', a[0]); "
        "import gradio, gradio.component_meta as m; from gradio import analytics; "
        "print(m.create_or_modify_pyi(1, 2, 3), analytics.analytics_enabled())"
    )
    assert in_fresh_python(code) == "None False"
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"


def test_preparing_after_the_import_silences_too() -> None:
    code = (
        "import gradio.component_meta as m; before = m.create_or_modify_pyi; "
        "import ui; print(m.create_or_modify_pyi is before)"
    )
    assert in_fresh_python(code) == "False"


@pytest.mark.parametrize("name", gradio_private.ENVIRONMENT)
def test_gradio_still_reads_the_environment_variable(name: str) -> None:
    folder = Path(gr.__file__).parent
    assert any(name in path.read_text(encoding="utf-8") for path in folder.glob("*.py"))


def test_start_imports_nothing_that_no_page_needs() -> None:
    unused = {*gradio_private.LATER, "matplotlib", "typer", "rich", "pygments"}
    code = f"import app, backend.studio, ui.site, sys; print({unused!r} & sys.modules.keys())"
    assert in_fresh_python(code) == "set()"


def test_gradio_still_imports_all_that_is_put_off() -> None:
    code = (
        "import ui.gradio_private as private, sys; names = [*private.LATER]; "
        "private.LATER.clear(); import gradio; "
        "print([name for name in names if name not in sys.modules])"
    )
    assert in_fresh_python(code) == "[]"


def test_what_was_put_off_is_there_once_it_is_used() -> None:
    code = """
import ui.gradio_private as private, importlib, sys, gradio as gr, gradio.caching
table = gradio.caching.pd.DataFrame
import pandas
assert table is pandas.DataFrame
for name, functions in private.LATER.items():
    module = importlib.import_module(name)
    assert module.__spec__ and all(callable(getattr(module, f)) for f in functions), name
try:
    gr.load("model", src="nowhere")
except ValueError as error:
    print(error)
"""
    assert "src" in in_fresh_python(code)


def test_a_function_that_was_put_off_imports_its_module_when_called() -> None:
    code = """
import ui, sys, gradio as gr
assert "gradio.workflow" not in sys.modules
work = gr.Workflow()
print(type(work) is sys.modules["gradio.workflow"].Workflow)
"""
    assert in_fresh_python(code) == "True"


def test_command_line_of_httpx_is_there_once_it_is_called() -> None:
    code = """
import ui, sys, httpx
assert "rich" not in sys.modules
sys.argv = ["httpx", "--help"]
httpx.main()
"""
    assert "HTTPX" in in_fresh_python(code)


def test_importing_gradio_reads_no_certificates() -> None:
    code = """
import ssl
read, load = [], ssl.SSLContext.load_verify_locations
ssl.SSLContext.load_verify_locations = lambda *a, **k: (read.append(1), load(*a, **k))
before = ssl.create_default_context
import ui, gradio, httpx
assert ssl.create_default_context is before
print(len(read))
httpx.Client().close()
print(len(read))
"""
    assert in_fresh_python(code).split() == ["0", "1"]


async def test_queue_still_has_the_settings_that_are_tuned() -> None:
    with gr.Blocks() as demo:
        pass
    before = demo._queue
    assert before.sleep_when_free <= 0.05
    assert before.progress_update_sleep_when_free <= 0.5
    assert before.max_thread_count == 40
    gradio_private.tune_queue(demo)
    assert demo._queue.sleep_when_free == 0.02
    source = inspect.getsource(queueing)
    for name in ("sleep_when_free", "progress_update_sleep_when_free", "max_thread_count"):
        assert source.count(f"self.{name}") > 1, f"the queue no longer uses {name}"


async def test_sessions_describe_the_page_from_a_memo_that_they_cannot_change() -> None:
    before = BlocksConfig.config_for_block
    with gr.Blocks() as demo:
        box = gr.Textbox("hello", label="Box")
    plain = SessionState(demo).config_values
    gradio_private.lighten_sessions(demo)
    calls = []
    box.get_config = lambda *a, **k: calls.append(1) or {"value": "hello"}  # type: ignore[method-assign]

    first, second = SessionState(demo), SessionState(demo)
    assert len(calls) == 1, "a session no longer describes blocks in the way that the memo replaces"
    first.config_values[box._id]["props"]["value"] = "changed"
    assert second.config_values[box._id]["props"]["value"] == "hello"
    assert set(second.config_values) == set(plain)
    assert BlocksConfig.config_for_block is before, "other pages are described in its way, too"


async def test_a_page_is_built_without_an_application_and_served_by_one() -> None:
    before = App.create_app
    with gradio_private.page_alone(), gr.Blocks() as demo:
        gr.Textbox("hello", label="Box")
    assert demo.app is None and App.create_app is before
    app = gradio_private.mount(gr, FastAPI(), demo)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        assert "hello" in (await client.get("/config")).text


async def test_what_an_event_changes_is_not_described_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with gr.Blocks() as demo:
        box = gr.Textbox("hello", label="Box")
        box.submit(lambda: None, None, box, queue=False)
    gradio_private.lighten_sessions(demo)
    session = SessionState(demo)
    calls = []
    monkeypatch.setattr(gr.Textbox, "get_config", lambda *a, **k: calls.append(1) or {})

    (function,) = demo.fns.values()
    told = gr.update(value="changed", label="Other")
    (update,) = await demo.postprocess_data(function, told, session)  # type: ignore[arg-type]

    assert (update["value"], update["label"]) == ("changed", "Other")
    assert session[box._id] is not box, "Gradio changes blocks in another way than it did"
    assert session.config_values[box._id]["props"]["value"] == "changed"
    assert calls == []


async def test_constructors_are_looked_up_once() -> None:
    assert "inspect.signature(cls.__init__)" in inspect.getsource(Block.get_config)
    assert "inspect.getfullargspec(fn)" in inspect.getsource(gradio.component_meta.updateable)
    plain = inspect.signature(gr.HTML.__init__)
    gradio_private.know_signatures(Block)
    known = inspect.signature(gr.HTML.__init__)
    assert known == plain
    assert inspect.signature(gr.HTML.__init__) is known, "it is inspected anew each time"


async def test_public_calls_get_the_defaults_that_they_leave_out() -> None:
    async def greet(name: str, greeting: str = "hello", times: int = 2) -> list[object]:
        return [name, greeting, times]

    with gr.Blocks() as demo:
        box = gr.Textbox()
        box.submit(lambda one, two: one + two, [box, box], box, api_visibility="private")
        gr.api(greet, api_name="greet")
    gradio_private.complete_calls(demo)
    private, public = demo.fns.values()
    for given, whole in (
        ([], [None, "hello", 2]),
        (["Ada", "hi"], ["Ada", "hi", 2]),
        (["Ada", "hi", 3, "more"], ["Ada", "hi", 3, "more"]),
    ):
        assert await demo.preprocess_data(public, given, None) == whole[:3]
        assert given == whole
    with pytest.raises(ValueError, match="enough input values"):
        demo.validate_inputs(private, ["one"])


async def test_one_page_is_described_in_each_visitor_s_language() -> None:
    asked_in = ""

    def build() -> gr.Blocks:
        word = "Stadt" if asked_in else "City"
        with gr.Blocks(title=word) as demo:
            box = gr.Textbox(label=word, elem_id="city")
            pick = gr.Radio([(word, "city")], label=word)
            box.input(lambda text: text, box, pick)
        return demo

    demo = build()
    own = demo.config
    gradio_private.in_languages(demo, lambda: asked_in, build)
    for asked_in, word in 2 * (("de", "Stadt"), ("", "City")):  # noqa: B007
        told = await asyncio.to_thread(lambda: demo.config)  # as Gradio asks
        assert told["title"] == word
        box, pick = (c["props"] for c in told["components"] if c["type"] != "form")
        assert (box["label"], pick["label"], pick["choices"]) == (word, word, [(word, "city")])
        assert [c["id"] for c in told["components"]] == [c["id"] for c in own["components"]]
        assert (told["layout"], told["dependencies"]) == (own["layout"], own["dependencies"])

    demo.config = {**own, "title": "Town"}
    assert demo.config["title"] == "Town"


def test_gradio_still_goes_by_the_browser_s_language_and_tells_that_of_the_page() -> None:
    folder = Path(gr.__file__).parent / "templates" / "frontend" / "assets"
    (runtime,) = folder.glob("runtime-*.js")
    script = runtime.read_text(encoding="utf-8")
    assert "window.navigator.language||" in script
    assert "document.documentElement.setAttribute(`lang`," in script
