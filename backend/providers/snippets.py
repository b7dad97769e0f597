"""One call as code that people can run: cURL, Python, JavaScript. Pure.

Address and key stay environment variables; whatever the prompt holds, it is quoted, never run.
"""

from __future__ import annotations

import json
import shlex
from typing import Any

from backend.providers.base import Platform
from backend.types import WireCall


def setup(platform: Platform) -> str:
    """Return the line that sets both variables, with stand-ins for their values."""
    url, key = platform.url_setting, platform.key_setting
    return f"export {url}='https://HOST/api/v1' {key}={platform.key_example!r}"


def decoding(platform: Platform) -> str:
    """Return how to get the image file out of an answer that was kept."""
    return f"""\
# With the answer in answer.json:
python3 -c 'import base64, json
answer = json.load(open("answer.json"))
open("image.png", "wb").write(base64.b64decode({_path("answer", platform)}))'"""


def curl(call: WireCall, platform: Platform) -> str:
    """Return `call` as a command for a POSIX shell (sh, bash, zsh); the answer goes to a file."""
    return " \\\n  ".join(
        [
            f'curl --fail-with-body "${{{platform.url_setting}%/}}"{shlex.quote(call.path)}',
            *([f'--header "Authorization: Bearer ${platform.key_setting}"'] * platform.needs_key),
            "--header 'Content-Type: application/json'",
            f"--data-raw {shlex.quote(_json(call.json))}",
            "--output answer.json",
        ]
    )


def python(call: WireCall, platform: Platform) -> str:
    """Return `call` as a Python script that needs httpx and saves the image."""
    headers = (
        f'    headers={{"Authorization": "Bearer " + os.environ["{platform.key_setting}"]}},\n'
        if platform.needs_key
        else ""
    )
    return f"""\
import base64
import os
from pathlib import Path

import httpx

response = httpx.post(
    os.environ["{platform.url_setting}"].rstrip("/") + {call.path!r},
{headers}    json={_python(call.json)},
    timeout=300,
)
response.raise_for_status()
image = base64.b64decode({_path("response.json()", platform)})
suffix = {{b"\\x89P": ".png", b"\\xff\\xd8": ".jpg"}}.get(image[:2], ".webp")
Path("image").with_suffix(suffix).write_bytes(image)
"""


def javascript(call: WireCall, platform: Platform) -> str:
    """Return `call` as an ES module for Node 18 or newer that saves the image."""
    authorization = (
        f"      Authorization: `Bearer ${{process.env.{platform.key_setting}}}`,\n"
        if platform.needs_key
        else ""
    )
    return f"""\
// Save as generate.mjs, run with: node generate.mjs
import {{ writeFile }} from "node:fs/promises";

const response = await fetch(
  process.env.{platform.url_setting}.replace(/\\/$/, "") + {json.dumps(call.path)},
  {{
    method: {json.dumps(call.method)},
    headers: {{
{authorization}      "Content-Type": "application/json",
    }},
    body: JSON.stringify({_indented(_json(call.json), 4)}),
  }},
);
if (!response.ok) throw new Error(`${{response.status}}: ${{await response.text()}}`);
const answer = await response.json();
const image = Buffer.from({_path("answer", platform)}, "base64");
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


def _path(answer: str, platform: Platform) -> str:
    """Return the way to the image in `answer`, in words of Python and of JavaScript alike."""
    return answer + "".join(f"[{json.dumps(step)}]" for step in platform.image_at)
