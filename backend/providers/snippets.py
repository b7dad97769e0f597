"""One call as code that people can run: cURL, Python, JavaScript. Pure.

Address and key stay environment variables; whatever the prompt holds, it is quoted, never run.
"""

from __future__ import annotations

import json
import shlex
from typing import Any

from backend.types import WireCall

SETUP = "export SENTRY_BLOCK_API_URL='https://HOST/api/v1' SENTRY_BLOCK_API_KEY='ak_...'"
"""The line that sets both variables, with stand-ins for their values."""

ANSWER_SHAPE = """\
{
  "model": "black-forest-labs/FLUX.1-schnell",
  "object": "list",
  "data": [
    {
      "index": 0,
      "timings": { "inference": 1.84 },
      "b64_json": "iVBORw0KGgoAAAANSUhEUg..."
    }
  ],
  "message": "Image generated successfully",
  "status": "success"
}"""
"""The platform's answer: `timings.inference` in seconds, the image file in base64."""

DECODING = """\
# With the answer in answer.json:
python3 -c 'import base64, json
answer = json.load(open("answer.json"))
open("image.png", "wb").write(base64.b64decode(answer["data"][0]["b64_json"]))'"""
"""How to get the image file out of an answer that was kept."""


def curl(call: WireCall) -> str:
    """Return `call` as a command for a POSIX shell (sh, bash, zsh); the answer goes to a file."""
    return " \\\n  ".join(
        [
            f'curl --fail-with-body "${{SENTRY_BLOCK_API_URL%/}}"{_shell_path(call.path)}',
            '--header "Authorization: Bearer $SENTRY_BLOCK_API_KEY"',
            "--header 'Content-Type: application/json'",
            f"--data-raw {shlex.quote(_json(call.json))}",
            "--output answer.json",
        ]
    )


def python(call: WireCall) -> str:
    """Return `call` as a Python script that needs httpx and saves the image."""
    return f"""\
import base64
import os
from pathlib import Path

import httpx

response = httpx.post(
    os.environ["SENTRY_BLOCK_API_URL"].rstrip("/") + {call.path!r},
    headers={{"Authorization": "Bearer " + os.environ["SENTRY_BLOCK_API_KEY"]}},
    json={_python(call.json)},
    timeout=300,
)
response.raise_for_status()
image = base64.b64decode(response.json()["data"][0]["b64_json"])
suffix = {{b"\\x89P": ".png", b"\\xff\\xd8": ".jpg"}}.get(image[:2], ".webp")
Path("image").with_suffix(suffix).write_bytes(image)
"""


def javascript(call: WireCall) -> str:
    """Return `call` as an ES module for Node 18 or newer that saves the image."""
    return f"""\
// Save as generate.mjs, run with: node generate.mjs
import {{ writeFile }} from "node:fs/promises";

const response = await fetch(
  process.env.SENTRY_BLOCK_API_URL.replace(/\\/$/, "") + {json.dumps(call.path)},
  {{
    method: {json.dumps(call.method)},
    headers: {{
      Authorization: `Bearer ${{process.env.SENTRY_BLOCK_API_KEY}}`,
      "Content-Type": "application/json",
    }},
    body: JSON.stringify({_indented(_json(call.json), 4)}),
  }},
);
if (!response.ok) throw new Error(`${{response.status}}: ${{await response.text()}}`);
const answer = await response.json();
const image = Buffer.from(answer.data[0].b64_json, "base64");
const suffix = {{ 0x89: "png", 0xff: "jpg" }}[image[0]] ?? "webp";
await writeFile(`image.${{suffix}}`, image);
"""


def _json(body: Any) -> str:
    return json.dumps(body, indent=2, ensure_ascii=False)


def _python(body: Any) -> str:
    """Return a dict literal, one key a line; `repr` quotes whatever a prompt holds."""
    if not body:
        return repr(body)
    lines = "".join(f"        {key!r}: {value!r},\n" for key, value in body.items())
    return "{\n" + lines + "    }"


def _indented(text: str, by: int) -> str:
    """Indent all lines but the first; JSON strings hold no line breaks, so none is changed."""
    return text.replace("\n", "\n" + " " * by)


def _shell_path(path: str) -> str:
    return shlex.quote(path)
