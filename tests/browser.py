"""Which Chromium browser tests and figures use, and how it is started."""

from __future__ import annotations

import shutil

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")

CHROMIUM_OPTIONS = (
    "--no-sandbox",  # as root, in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_headless() -> str | None:
    """Return the path of Chromium without windows, or of the whole one; None where there is none.

    The same engine opens a page with a third less of the computer's time.
    """
    return shutil.which("chromium-headless-shell") or find_chromium()


def find_chromium() -> str | None:
    """Return the path of the system's Chromium, None where there is none."""
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)
