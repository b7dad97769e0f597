"""A second provider is one file and one line: in a copy of the program it does all it must."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.http.faults import Fault, FaultServer, png

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = "tests/unit/test_provider_contract.py"
REQUESTS = "tests/unit/provider_requests.py"
FIRST = "    SentryBlock(),\n"
IMPORTED = "from backend.providers.sentry_block import SentryBlock\n"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the program with one file and one line (and its import) more."""
    root = tmp_path_factory.mktemp("copy")
    left_out = shutil.ignore_patterns("__pycache__")
    for name in ("backend", "tests/second_provider"):
        shutil.copytree(ROOT / name, root / name, ignore=left_out)
    for name in ("pyproject.toml", CONTRACT, REQUESTS, "tests/http/faults.py"):
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    shutil.copy(ROOT / "tests/second_provider/other.py", root / "backend/providers")
    registry = root / "backend/providers/__init__.py"
    text = registry.read_text(encoding="utf-8")
    assert text.count(FIRST) == text.count(IMPORTED) == 1
    text = text.replace(FIRST, f"{FIRST}    Other(),\n")
    text = text.replace(IMPORTED, f"from backend.providers.other import Other\n{IMPORTED}")
    registry.write_text(text, encoding="utf-8")
    return root


def run(copy: Path, *arguments: str) -> str:
    environ = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    environ["PYTHONPATH"] = str(copy)
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environ, capture_output=True, timeout=100
    )
    said = (ran.stdout + ran.stderr).decode()
    assert ran.returncode == 0, said
    return said


def test_the_contract_tests_run_on_it_unasked(copy: Path) -> None:
    said = run(copy, "-m", "pytest", CONTRACT, "-k", "other", "-v")
    passed = re.search(r"(\d+) passed", said)
    assert passed and int(passed[1]) >= 100, said
    assert "skipped" not in said


async def test_it_makes_an_image_with_settings_limits_and_words_of_its_own(
    copy: Path, tmp_path: Path
) -> None:
    picture = base64.b64encode(png()).decode()
    answer = json.dumps({"took_ms": 1250, "pictures": {"png": picture}}).encode()
    async with FaultServer() as server:
        server.script(Fault(answer))
        models, purse = Fault(b'{"engines": ["brush"]}'), Fault(b'{"cents": 1250}')
        server.script_gets(models, models, purse)
        url = server.base_url
        said = await asyncio.to_thread(
            run, copy, "-m", "tests.second_provider.inside", str(tmp_path), url
        )
        (post,) = [request for request in server.requests if request.method == "POST"]
    host = url.split("/")[2]
    assert json.loads(said) == {
        "settings": ["OTHER_API_URL", "OTHER_API_KEY", "OTHER_KEY_HOST", "OTHER_TIER"],
        "mode": "other",
        "limits": [9, 90],
        "models": ["brush"],
        "source": host,
        "seconds": 1.25,
        "stored": True,
        "tested": "(['brush'], Decimal('12.5'))",
        "pasted": url,
    }
    assert post.path.endswith("/v2/pictures")
    assert json.loads(post.body) == {"noise": 7, "engine": "brush", "wish": "a fox"}


def test_no_name_of_a_provider_stands_outside_its_file_and_the_catalogue() -> None:
    allowed = {Path("backend/providers"), Path("backend/catalogue")}
    named = [
        str(path.relative_to(ROOT))
        for folder in ("backend", "ui")
        for path in (ROOT / folder).rglob("*.py")
        if not allowed & set(path.relative_to(ROOT).parents)
        and re.search(
            r"sentry_block(?!_(?:session|visitor|playground))|SENTRY_BLOCK|SentryBlock",
            path.read_text(encoding="utf-8"),
        )
    ]
    assert named == []
