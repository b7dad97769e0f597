"""Where images and settings are kept for which no folder was named.

A checkout keeps them beside itself. What was installed as a package keeps them where the system has
such things: its own folder goes with the next version.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

COMMAND = "sentry-block-playground"
"""How the installed program is started, and the name of its folders."""


@dataclass(frozen=True, slots=True)
class Places:
    """The folder of the images and the file of settings; `~` in them is the user's folder."""

    data: Path
    env_file: Path
    installed: bool = False

    @property
    def command(self) -> str:
        """What starts the program, as it is typed."""
        return COMMAND if self.installed else "python app.py"


def beside(folder: Path) -> Places:
    """Return the places beside a program that lies in `folder`."""
    return Places(folder / "data", folder / ".env")


BESIDE = beside(Path(__file__).resolve().parents[2])
"""Those beside this program."""


def of_user(environ: Mapping[str, str] | None = None, system: str = sys.platform) -> Places:
    """Return the places that a system, a value of sys.platform, has for a user's programs.

    Windows: the known folder LocalAppData. macOS: Application Support, by Apple's File System
    Programming Guide. Others: the XDG Base Directory Specification 0.8, where a path that is not
    absolute counts for nothing.
    """
    environ = os.environ if environ is None else environ

    def folder(name: str, otherwise: str) -> Path:
        given = environ.get(name, "")
        return Path(given if os.path.isabs(given) else otherwise) / COMMAND

    if system == "win32":
        both = folder("LOCALAPPDATA", "~/AppData/Local")
    elif system == "darwin":
        both = Path("~/Library/Application Support", COMMAND)
    else:
        data = folder("XDG_DATA_HOME", "~/.local/share")
        return Places(data, folder("XDG_CONFIG_HOME", "~/.config") / ".env", installed=True)
    return Places(both / "data", both / ".env", installed=True)
