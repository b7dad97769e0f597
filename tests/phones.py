"""A session as one phone is told it."""

from __future__ import annotations

import json
from typing import Any

from backend.sessions.state import Session
from ui.present.phone import PhoneView


def phone_json(session: Session, visitor_id: str) -> Any:
    """Return what this visitor's phone shows; a wish's id stands for its ticket."""
    return json.loads(PhoneView(session, str).text(visitor_id))
