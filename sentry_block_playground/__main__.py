"""Starts the installed program, by its command or `python -m sentry_block_playground`.

Its parts lie beside this file and are imported by the names that they have in the repository. From
a checkout it is `python app.py`.
"""

from __future__ import annotations

import os
import sys

# First of all: another package of the environment may be called backend, ui or app.
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from app import main as run
from backend.settings.places import BESIDE, of_user


def main() -> int:
    """Run until Ctrl+C; return the exit code."""
    installed = os.path.exists(os.path.join(os.path.dirname(__file__), "app.py"))
    return run(places=of_user() if installed else BESIDE)


if __name__ == "__main__":
    sys.exit(main())
