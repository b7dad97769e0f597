"""What a presenter asks for, checked value by value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.errors import InvalidInput
from backend.said import msg
from backend.sessions.doorway import PORT
from backend.sessions.state import EACH, IMAGES, IMAGES_MAX, TITLE_MAX_CHARS, Plan
from backend.sessions.text import one_line, parts_of
from backend.text import shortened

MENU_MAX_CHARS = 1_000
EXAMPLE = "a {cat|robot} as {comic|oil painting}"


def plan_of(asked: Mapping[str, Any]) -> Plan:
    """Return the plan that is asked for. Raises: InvalidInput naming the field."""
    values = asked.get("values") or {}
    if not isinstance(values, dict):
        raise InvalidInput(msg("{name} must be an object.", name="values"), field="values")
    menu = one_line(str(asked.get("menu") or ""))
    chooses = any(isinstance(part, tuple) for part in parts_of(menu))
    if menu and (len(menu) > MENU_MAX_CHARS or not chooses):
        raise InvalidInput(
            msg("Write choices in braces, with a line between them: {menu}", menu=EXAMPLE),
            field="menu",
        )
    return Plan(
        title=shortened(one_line(str(asked.get("title") or "")), TITLE_MAX_CHARS),
        model=str(asked.get("model") or ""),
        images=number(asked, "images", IMAGES, IMAGES_MAX),
        each=number(asked, "per_visitor", EACH, IMAGES_MAX),
        approve=yes(asked, "approve"),
        gate=yes(asked, "gate"),
        menu=menu,
        values={name: value for name, value in values.items() if value not in (None, "")},
    )


def number(asked: Mapping[str, Any], name: str, default: int, most: int) -> int:
    """Return the whole number under a name, from 1 to `most`. Raises: InvalidInput."""
    value = asked.get(name)
    if value is None:
        return default
    if type(value) is not int or not 1 <= value <= most:
        raise InvalidInput(
            msg("{name} must be a whole number from 1 to {most}.", name=name, most=most),
            field=name,
        )
    return value


def door_port(value: object) -> int:
    """Return the port of the room's door. Raises: InvalidInput."""
    if value is None:
        return PORT
    if type(value) is not int or not 0 <= value <= 65_535:
        raise InvalidInput(
            msg(
                "{name} must be a whole number from {least} to {most}.",
                name="port",
                least=0,
                most="65535",
            ),
            field="port",
        )
    return value


def yes(asked: Mapping[str, Any], name: str) -> bool:
    """Return yes or no, yes where nothing is said. Raises: InvalidInput."""
    value = asked.get(name, True)
    if not isinstance(value, bool):
        raise InvalidInput(msg("{name} must be true or false.", name=name), field=name)
    return value
