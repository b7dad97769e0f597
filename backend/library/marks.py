"""What a person notes on images: star, rating, tags, trash. Read from JSON and checked. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from backend.errors import InvalidInput
from backend.said import listed, msg
from backend.storage.words import tag_key

Mark = Literal["starred", "rating", "tags", "deleted", "cached", "looks"]
"""What can change of an image; `cached` is that it answered once more, `looks` becomes known."""

RATING_MAX = 5
TAGS_MAX = 32
TAG_MAX_CHARS = 64

_ONE = ("starred", "rating", "tags", "deleted")
_MANY = ("starred", "rating", "add_tags", "remove_tags", "deleted")


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be changed; None and empty leave as is. `tags` replaces all tags of an image."""

    starred: bool | None = None
    rating: int | None = None
    deleted: bool | None = None
    tags: tuple[str, ...] | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()

    def columns(self) -> dict[str, Any]:
        """Return what is set as columns of `images`."""
        both = {"starred": self.starred, "rating": self.rating}
        return {name: value for name, value in both.items() if value is not None}

    def given(self) -> tuple[str, ...]:
        """Return the tags that images are to have by this."""
        return (*(self.tags or ()), *self.add_tags)

    def marks(self) -> list[Mark]:
        """Return in which ways images are marked by this."""
        tags = self.tags is not None or self.add_tags or self.remove_tags
        by: dict[Mark, object] = {
            "starred": self.starred is not None,
            "rating": self.rating is not None,
            "deleted": self.deleted is not None,
            "tags": tags,
        }
        return [mark for mark, asked in by.items() if asked]


def read_changes(body: object, *, many: bool) -> Changes:
    """Return the changes that a JSON body asks for, for one image or for many.

    Raises: InvalidInput naming the field; also where nothing is asked for.
    """
    names = _MANY if many else _ONE
    found = {k: v for k, v in body.items() if k in names} if isinstance(body, Mapping) else {}
    if not found:
        raise InvalidInput(
            msg("Nothing is to be changed."), msg("Give one of {names}.", names=listed(names))
        )
    for name in ("starred", "deleted"):
        if name in found and not isinstance(found[name], bool):
            raise InvalidInput(msg("{name} must be true or false.", name=name), "", field=name)
    rating = found.get("rating")
    if "rating" in found and (type(rating) is not int or not 0 <= rating <= RATING_MAX):
        raise InvalidInput(
            msg("The rating is out of range."),
            msg("Give 1 to 5 stars, or 0 for none."),
            field="rating",
        )
    return Changes(
        starred=found.get("starred"),
        rating=rating,
        deleted=found.get("deleted"),
        tags=_tags(found["tags"], "tags") if "tags" in found else None,
        add_tags=_tags(found.get("add_tags", []), "add_tags"),
        remove_tags=_tags(found.get("remove_tags", []), "remove_tags"),
    )


def tags_changed(had: Collection[str], changes: Changes) -> set[str]:
    """Return an image's tags after the changes. Raises: InvalidInput for more than 32."""
    kept = set(had) if changes.tags is None else set(changes.tags)
    has = (kept | set(changes.add_tags)) - set(changes.remove_tags)
    if len(has) > TAGS_MAX:
        raise too_many_tags()
    return has


def spelled(changes: Changes, has: Mapping[str, str], had: Mapping[str, str]) -> Changes:
    """Return the changes with the library's spellings of what is given, and of what is removed."""
    return replace(
        changes,
        tags=None if changes.tags is None else tuple(has[tag] for tag in changes.tags),
        add_tags=tuple(has[tag] for tag in changes.add_tags),
        remove_tags=tuple(had.get(tag, tag) for tag in changes.remove_tags),
    )


def too_many_tags() -> InvalidInput:
    """Return the refusal of more tags than an image has."""
    return InvalidInput(
        msg("An image has at most {most} tags.", most=TAGS_MAX),
        msg("Take some away first."),
        field="tags",
    )


def _tags(value: object, field: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(tag, str) for tag in value):
        raise InvalidInput(
            msg("Tags must be a list of words."), msg('For example ["sea"].'), field=field
        )
    plain = (unicodedata.normalize("NFC", " ".join(tag.split())) for tag in value if tag.strip())
    tags = tuple({tag_key(tag): tag for tag in plain}.values())
    for tag in tags:
        if len(tag) > TAG_MAX_CHARS:
            raise InvalidInput(
                msg("A tag has at most {most} characters.", most=TAG_MAX_CHARS),
                msg("Shorten it."),
                field=field,
            )
        if "," in tag or not tag.isprintable():
            raise InvalidInput(
                msg("A tag holds no commas and no unseen characters."),
                msg("Take them out."),
                field=field,
            )
    if len(tags) > TAGS_MAX:
        raise InvalidInput(
            msg("An image has at most {most} tags.", most=TAGS_MAX),
            msg("Take some away."),
            field=field,
        )
    return tags
