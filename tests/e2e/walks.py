"""All walks through the program, by name."""

from __future__ import annotations

from tests.e2e import walk, walk_session
from tests.e2e.walk import Walk

WALKS: dict[str, Walk] = {
    one.__name__: one
    for one in (
        *(walk.create, walk.gallery, walk.selection, walk.viewer, walk.compare, walk.stage),
        *(walk.experiments, walk.styles, walk.statistics, walk.settings, walk.examples),
        *(walk.docs, walk.help_page, walk.keys),
        *(walk_session.desk, walk_session.projector, walk_session.sessions),
    )
}
