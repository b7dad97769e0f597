"""Starting the real program wherever it stands and whatever the environment holds."""

from __future__ import annotations

import ast
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

from backend.settings.load import ENV_FILE

ROOT = Path(__file__).parents[2]
PARTS = ("app.py", "backend", "ui", "assets")

pytestmark = [
    pytest.mark.wide,
    pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a child on Windows"),
]

PLAIN = {"PATH": os.environ.get("PATH", "")}

NAMES = (
    *("ALL_PROXY", "all_proxy", "HTTPS_PROXY", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("LANG", "LC_ALL", "LC_CTYPE", "LANGUAGE", "TZ", "TERM", "COLUMNS", "LINES", "NO_COLOR"),
    *("HOME", "USER", "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "BROWSER"),
    *("PYTHONWARNINGS", "PYTHONSAFEPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONASYNCIODEBUG"),
    *("WEB_CONCURRENCY", "FORWARDED_ALLOW_IPS", "UVICORN_PORT", "UVICORN_WORKERS"),
    *("GRADIO_ROOT_PATH", "GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT", "GRADIO_NUM_PORTS"),
    *("GRADIO_SHARE", "GRADIO_DEBUG", "GRADIO_ALLOWED_PATHS", "GRADIO_BLOCKED_PATHS"),
    *("GRADIO_DEFAULT_CONCURRENCY_LIMIT", "GRADIO_HEARTBEAT_INTERVAL", "GRADIO_SSR_MODE"),
    *("GRADIO_MCP_SERVER", "GRADIO_NODE_SERVER_PORT", "GRADIO_NODE_NUM_PORTS", "GRADIO_NODE_PATH"),
    *("GRADIO_CACHE_EXAMPLES", "GRADIO_CACHE_MODE", "GRADIO_FLAGGING_MODE", "GRADIO_HOT_RELOAD"),
    *("GRADIO_WATCH_DIRS", "GRADIO_NUM_WORKERS", "GRADIO_RUN_HISTORY", "GRADIO_SOMETHING_NEW"),
    *("SPACE_ID", "SPACE_HOST", "SPACES_ZERO_GPU", "SYSTEM", "OAUTH_CLIENT_ID", "HF_HOME"),
    *("HF_ENDPOINT", "HF_HUB_DOWNLOAD_TIMEOUT", "HF_HUB_ETAG_TIMEOUT", "HF_HUB_OFFLINE"),
    *("HF_TOKEN", "HF_DEBUG", "HUGGINGFACE_HUB_CACHE", "HUGGING_FACE_HUB_TOKEN", "MPLBACKEND"),
    *("NPY_DISABLE_CPU_FEATURES", "NPY_PROMOTION_STATE", "NUMPY_EXPERIMENTAL_DTYPE_API"),
    *("PANDAS_COPY_ON_WRITE", "PYDANTIC_DISABLE_PLUGINS", "PYTHON_DOTENV_DISABLED", "CI"),
    *("PILLOW_BLOCK_SIZE", "PILLOW_ALIGNMENT", "PILLOW_BLOCKS_MAX", "ALEMBIC_CONFIG"),
    *("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_SDK_DISABLED", "OTEL_PYTHON_CONTEXT", "DEBUG"),
    *("FASTAPI_ENV", "FASTAPI_OTEL_AUTO_CONFIGURE", "VERTEX_PRODUCT", "OPENAI_API_KEY"),
    *("KAGGLE_KERNEL_RUN_TYPE", "WERKZEUG_RUN_MAIN", "DISABLE_TELEMETRY", "DO_NOT_TRACK"),
)


@contextmanager
def started(
    data: Path, environ: Mapping[str, str], *, root: Path = ROOT, more: tuple[str, ...] = ()
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start the program in an environment that holds nothing else; yield its first line and it."""
    with subprocess.Popen(
        [sys.executable, str(root / "app.py"), "--no-browser", "--port", "0", *more],
        env={**PLAIN, ENV_FILE: str(data.parent / ".env"), "PLAYGROUND_DATA_DIR": str(data)}
        | dict(environ),
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline(), process
        except BaseException:
            process.kill()
            raise
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in out + err, err
        assert process.returncode in (0, 130, -signal.SIGINT), err


def answered(line: str, process: subprocess.Popen[str]) -> str:
    """Return the Create page of the program that said `line`."""
    if not line:
        _, err = process.communicate(timeout=60)
        pytest.fail(f"it did not start: {err}")
    with build_opener(ProxyHandler({})).open(line.split()[4], timeout=60) as answer:
        assert answer.status == 200
        return str(answer.read().decode())


@pytest.mark.parametrize(
    "value", ["☃ rubbish [::1", "error", "socks5://127.0.0.1:9", "1", "-5", "/pg", "*", '{"a']
)
def test_nothing_in_the_environment_stops_the_start_or_changes_the_page(
    tmp_path: Path, value: str
) -> None:
    with started(tmp_path / "data", dict.fromkeys(NAMES, value)) as (line, process):
        page = answered(line, process)
    assert "sample engine" in line
    assert 'root":"/pg' not in page and "rubbish" not in page


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:9"),
        ("HTTPS_PROXY", "gopher://x"),
        ("NO_PROXY", "[::1,http://["),
        ("SSL_CERT_FILE", "/nowhere/all.pem"),
        ("SSLKEYLOGFILE", "/nowhere/all.log"),
    ],
)
def test_a_platform_that_cannot_be_reached_stops_no_start_either(
    tmp_path: Path, name: str, value: str
) -> None:
    platform = {
        "SENTRY_BLOCK_API_URL": "https://platform.invalid/v1",
        "SENTRY_BLOCK_API_KEY": "ak_test-key_0123",
    }
    with started(tmp_path / "data", platform | {name: value}) as (line, process):
        answered(line, process)
    assert "https://platform.invalid/v1" in line


@pytest.mark.parametrize(
    "name",
    ["100% of it", "%41%20", 'it\'s "a" $HOME `x`;&#?*[', "two\nlines", "תמונות ✨", "caf\udce9"],
)
def test_the_program_starts_from_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    root = tmp_path / name / "program"
    root.mkdir(parents=True)
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, root / part)  # type: ignore[operator]
    nowhere_else = {ENV_FILE: "", "PLAYGROUND_DATA_DIR": ""}
    for _ in range(2):
        with started(tmp_path / "x", nowhere_else, root=root) as (line, process):
            answered(line, process)
            assert "\n" not in line.rstrip("\n") and "kept in" in line
    assert (root / "data" / "playground.db").is_file()
    if name.isascii() and "\n" not in name:
        assert str(root / "data") in line


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_a_terminal_that_is_closed_is_no_matter(tmp_path: Path, closed: tuple[int, ...]) -> None:
    shut = " ".join(f"{number}>&-" for number in closed)
    command = f'exec "$0" "$1" verify --data-dir "$2" {shut}'
    (tmp_path / "data").mkdir()
    done = subprocess.run(
        ["sh", "-c", command, sys.executable, str(ROOT / "app.py"), str(tmp_path / "data")],
        env=PLAIN | {ENV_FILE: str(tmp_path / ".env")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1 and "Traceback" not in done.stdout + done.stderr


def test_a_terminal_that_takes_no_more_is_no_matter(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("w") as full:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py"), "--no-browser", "--port", "0", "--verbose"],
            env=PLAIN
            | {ENV_FILE: str(tmp_path / ".env"), "PLAYGROUND_DATA_DIR": str(tmp_path / "data")},
            stdout=full,
            stderr=full,
        )
    with pytest.raises(subprocess.TimeoutExpired):  # it runs
        process.wait(timeout=6)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) in (0, 130)


def test_an_older_python_is_told_before_anything_of_it_is_needed() -> None:
    source = (ROOT / "app.py").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 8))
    names = [
        (alias.name, node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    ]
    gate = next(
        node
        for node in tree.body
        if isinstance(node, ast.If) and "version_info" in ast.unparse(node.test)
    )
    before = {name for name, line in names if line < gate.lineno}
    assert before == {"annotations", "os", "sys"}
    code = (
        "import sys; sys.version_info = (3, 10, 1); sys.version = '3.10.1 (x)';"
        f"sys.path.insert(0, {str(ROOT)!r}); import app"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=PLAIN
    )
    assert done.returncode == 1 and "3.10.1" in done.stderr and "Traceback" not in done.stderr
    assert done.stderr.strip().count("\n") == 0


def test_missing_packages_are_one_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-S", str(ROOT / "app.py")],
        capture_output=True,
        text=True,
        timeout=60,
        env=PLAIN,
    )
    assert done.returncode == 1 and "run.sh" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("happens", "code", "said"),
    [
        ("raise KeyboardInterrupt", 130, ""),
        ("raise ImportError('DLL load failed\\nfor it')", 1, "(DLL load failed for it)"),
        (
            "try: raise ImportError('no such file')\n"
            "except ImportError as e: raise ImportError('long advice') from e",
            1,
            "(no such file)",
        ),
    ],
)
def test_whatever_ends_the_loading_is_one_sentence(
    tmp_path: Path, happens: str, code: int, said: str
) -> None:
    (tmp_path / "dotenv.py").write_text(happens, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py")],
        capture_output=True,
        text=True,
        timeout=60,
        env=PLAIN | {"PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == code and said in done.stderr
    assert "Traceback" not in done.stderr and done.stderr.count("\n") <= 1
    if said:
        assert "start with run.sh" in done.stderr
        own = Path(sys.prefix) == ROOT / ".venv"
        assert (f"Remove the folder {ROOT / '.venv'}" in done.stderr) is own


def test_a_folder_that_is_gone_is_one_sentence(tmp_path: Path) -> None:
    (gone := tmp_path / "gone").mkdir()
    command = 'rmdir "$PWD" && exec "$0" "$1" --port 0'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable, str(ROOT / "app.py")],
        cwd=gone,
        capture_output=True,
        text=True,
        timeout=60,
        env=PLAIN,
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stderr == (
        "The folder that the program was started in is gone. "
        "Change to another one, and start again.\n"
    )


def test_too_little_memory_is_one_sentence(tmp_path: Path) -> None:
    code = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
import app, backend.studio
def full(settings): raise MemoryError
backend.studio.Studio = full
sys.exit(app.main(["--port", "0", "--data-dir", {str(tmp_path)!r}]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=PLAIN
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "(out of memory). Close other programs" in done.stderr
