"""The options of the command grid."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from backend.experiments.bounds import AT_ONCE_MAX, IMAGES_MAX, USD_MAX


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for; `retry` is `failed`, `unknown` or empty."""

    file: Path
    out: Path | None = None
    dry_run: bool = False
    yes: bool = False
    max_cost: Decimal | None = None
    max_images: int | None = None
    at_once: int | None = None
    retry: str = ""
    fresh: bool = False
    set: Sequence[str] = field(default_factory=tuple)
    json: bool = False

    @property
    def bounds(self) -> Mapping[str, object]:
        """How fast and how far to go, as the API takes it."""
        asked = {
            "at_once": self.at_once,
            "max_images": self.max_images,
            "max_usd": None if self.max_cost is None else str(self.max_cost),
        }
        return {name: value for name, value in asked.items() if value is not None}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's own options."""
    parser.add_argument("file", metavar="FILE.toml", type=Path, help="what varies, and what not")
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        help="where results go (default: a folder beside the file, named as it is)",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what it would send and cost, and end"
    )
    money = parser.add_mutually_exclusive_group()
    money.add_argument("--yes", action="store_true", help="pay what the plan says, without asking")
    money.add_argument(
        "--max-cost",
        metavar="DOLLARS",
        type=_dollars,
        help="send what so much pays for, without asking; the rest is kept",
    )
    parser.add_argument(
        "--max-images",
        metavar="N",
        type=_whole(0, IMAGES_MAX),
        help="send at most so many images this time; the rest is kept",
    )
    parser.add_argument(
        "-j",
        dest="at_once",
        metavar="N",
        type=_whole(1, AT_ONCE_MAX),
        help="so many sends at once (default 8)",
    )
    parser.add_argument(
        "--retry",
        choices=("failed", "unknown"),
        default="",
        help="ask once more for what failed, or for what may have been charged",
    )
    parser.add_argument(
        "--fresh", action="store_true", help="begin anew instead of going on with this file's last"
    )
    parser.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="instead of what the file says: title, repeats, model or a parameter; again for more",
    )
    parser.add_argument("--json", action="store_true", help="a line of JSON for each cell")


def options_of(arguments: argparse.Namespace) -> Options:
    """Return what was parsed."""
    names = Options.__slots__
    return Options(**{name: getattr(arguments, name) for name in names})


def _dollars(text: str) -> Decimal:
    try:
        amount = Decimal(text.removeprefix("$"))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= USD_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount of dollars such as 0.50")
    return amount


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} to {most}")
        return number

    return read
