"""The help page's content: each topic with its steps, its picture and an anchor."""

from __future__ import annotations

import re
from functools import cache

from jinja2 import Environment
from markupsafe import Markup, escape

from backend.said import Said
from ui import static
from ui.frame.frame import environment
from ui.language.chosen import tell
from ui.present.help.names import NAMES, Name
from ui.present.help.topic import SIZE
from ui.present.help.topics import TOPICS
from ui.present.place import at

_PLACE = re.compile(r"\{(\w+)\}")


def topic_list() -> Markup:
    """Return the topics as HTML, in the language of the request under way."""
    html = (
        _templates()
        .get_template("help.html")
        .render(
            width=SIZE[0],
            height=SIZE[1],
            topics=[
                {
                    "name": topic.name,
                    "title": tell(topic.title),
                    "also": tell(topic.also),
                    "shows": tell(topic.shows),
                    "picture": at(static.url(topic.picture)),
                    "first": [*map(marked, topic.first)],
                    "steps": [*map(marked, topic.steps)],
                    "then": [*map(marked, topic.then)],
                }
                for topic in TOPICS
            ],
        )
    )
    return Markup(html)


def marked(text: Said) -> Markup:
    """Return a text of the help with what NAMES has at its places: labels, links, keys and code."""
    parts = _PLACE.split(tell(text))
    told = [_named(NAMES[part]) if n % 2 else escape(part) for n, part in enumerate(parts)]
    return Markup("").join(told)


def _named(name: Name) -> Markup:
    told = tell(name.text)
    if name.kind == "page":
        return Markup('<a href="{}">{}</a>').format(at(name.path), told)
    if name.kind == "code":
        return Markup('<code dir="ltr">{}</code>').format(told)
    tag = {"label": "b", "key": "kbd"}[name.kind]
    return Markup(f"<{tag}>{{}}</{tag}>").format(told)


@cache
def _templates() -> Environment:
    return environment("ui.routes")
