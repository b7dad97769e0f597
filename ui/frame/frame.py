"""The header of all pages, and those pages that our own scripts draw into an empty frame.

They carry nothing of Gradio's: its start takes about a hundred requests, and each of its pages
holds streams, of which a browser has six. Their policy allows one inline script, by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from backend.account import Account
from backend.said import msg
from ui import static
from ui.door.policy import content_security_policy
from ui.frame import manifest
from ui.language.chosen import language, tell
from ui.language.languages import LANGUAGES
from ui.present import words
from ui.present.facts import PAGES, title
from ui.present.place import at, root

THEMES = ("light", "dark")
"""What `?__theme=` may ask for, as in Gradio's pages; else the system's theme is followed."""

FOLLOW_SYSTEM = (
    "{const dark=matchMedia('(prefers-color-scheme: dark)'),"
    "follow=()=>document.body.classList.toggle('dark',dark.matches);"
    "dark.addEventListener('change',follow);follow()}"
)
"""Stands at the top of the body: a script of its own would come after the first paint."""


@dataclass(frozen=True, slots=True)
class Mode:
    """Where images come from now, as the header says it."""

    text: str
    offline: bool


def mode_of(account: Account) -> Mode:
    """Return what the header says of `account`."""
    return Mode(words.mode_text(account.mode, account.api_url), account.offline)


def environment(package: str) -> Environment:
    """Return the templates of a package; `msg` in them tells a sentence to who asks."""
    made = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["msg"] = lambda template, **values: tell(msg(template, **values))
    return made


@cache
def _templates() -> Environment:
    return environment("ui.frame")


def header(mode: Mode, *, here: str, root: str) -> str:
    """Return the header's HTML; `here` is the path of the page it stands on.

    `root` stands before the addresses of the pages.
    """
    return _templates().get_template("header.html").render(**_of_header(mode, here, root))


def page(
    name: str,
    mode: Mode,
    *,
    here: str = "",
    script: str = "",
    element: str = "",
    content: Markup | str = "",
    theme: str = "",
) -> Response:
    """Return a page: `content`, or what the `script`, a name of static.files(), draws in `element`.

    `here` is the path by which the header knows it. Browsers keep it for their back button alone.
    """
    theme = theme if theme in THEMES else ""
    html = (
        _templates()
        .get_template("page.html")
        .render(
            **_of_header(mode, here, root()),
            title=title(name),
            links=_links(theme),
            script=at(static.url(script)) if script else None,
            element=element,
            content=content,
            theme=theme,
            follow_system=Markup(FOLLOW_SYSTEM),
        )
    )
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": policy()}
    return HTMLResponse(html, headers=headers)


def bare_page(name: str, *, script: str, element: str) -> Response:
    """Return a page without the header, always dark: what the `script` draws in `element`.

    Nothing inline is in it, so the guard's own policy holds.
    """
    html = (
        _templates()
        .get_template("bare.html")
        .render(
            language=language(),
            root=root(),
            title=title(name),
            links=_links("dark"),
            script=at(static.url(script)),
            element=element,
        )
    )
    return HTMLResponse(html, headers={"Cache-Control": "no-cache"})


def _links(theme: str) -> Markup:
    own = static.texts(root(), language().tag) + static.links(root())
    return Markup(own + manifest.link(root()) + static.theme_colours(theme))


@cache
def policy() -> str:
    """Return the pages' Content-Security-Policy: our own files, and that one inline script."""
    digest = base64.b64encode(hashlib.sha256(FOLLOW_SYSTEM.encode()).digest()).decode()
    return content_security_policy(scripts=f"'self' 'sha256-{digest}'")


def _of_header(mode: Mode, here: str, root: str) -> dict[str, Any]:
    return {
        "language": language(),
        "languages": LANGUAGES.values(),
        "logo": Markup(static.text("logo.svg")),
        "pages": [(path, tell(name)) for path, name in PAGES.values()],
        "here": here,
        "root": root,
        "mode": tell(mode.text),
        "offline": mode.offline,
        "settings": PAGES["settings"][0],
        "help": PAGES["help"][0],
    }
