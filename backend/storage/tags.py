"""Tags have one spelling in a library: that of who used it first, whatever case others write.

Both functions are a part of the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from backend.storage.tables import image_tags, tag_names
from backend.storage.words import tag_key


def spellings(db: sa.Connection, tags: Collection[str]) -> dict[str, str]:
    """Return the library's spelling of each of the tags; those it does not know are left out."""
    keys = {tag: tag_key(tag) for tag in tags}
    named = tag_names.select().where(tag_names.c.key.in_(set(keys.values())))
    known = {row.key: row.tag for row in db.execute(named)}
    return {tag: known[key] for tag, key in keys.items() if key in known}


def spell(db: sa.Connection, tags: Collection[str]) -> dict[str, str]:
    """Return the library's spelling of each of the tags, which from now on knows them all.

    One that no image has any more is spelled anew.
    """
    known = spellings(db, tags)
    for tag in tags:
        spelled = known.get(tag)
        if spelled is not None and (
            spelled == tag or db.scalar(sa.select(image_tags.c.seq).where(_has(spelled)).limit(1))
        ):
            continue
        mine = tag_names.c.key == tag_key(tag)
        if spelled is None:
            db.execute(tag_names.insert(), {"key": tag_key(tag), "tag": tag})
        else:
            db.execute(tag_names.update().where(mine).values(tag=tag))
        known |= dict.fromkeys((t for t in tags if tag_key(t) == tag_key(tag)), tag)
    return known


def _has(tag: str) -> sa.ColumnElement[bool]:
    return image_tags.c.tag == tag
