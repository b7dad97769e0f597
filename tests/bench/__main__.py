"""Prints every figure of ARCHITECTURE.md: `make bench`, or `python -m tests.bench saving users`."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from tests.bench import browser, gallery, image, pages, saving, serving

PARTS = ("saving", "start", "users", "browser", "pages", "gallery")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"some of {', '.join(PARTS)}; all if none")
    parts = parser.parse_args().parts or PARTS
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    # Beside the project, not in /tmp, which can be memory: fsync has to reach a disk.
    build = Path(__file__).parents[2] / "build"
    build.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=build))
    try:
        picture = image.make(folder / "image.png")
        print(f"The image: 1024 x 1024, PNG, {picture.stat().st_size / 1e6:.2f} MB\n")
        if "saving" in parts:
            report_saving(folder, picture)
        if "start" in parts:
            report_start(folder)
        if "users" in parts:
            report_users(folder, picture)
        if "browser" in parts:
            report_browser(folder, picture)
        if "pages" in parts:
            report_pages(folder)
        if "gallery" in parts:
            report_gallery(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def report_saving(folder: Path, picture: Path) -> None:
    ms = saving.measure(folder, picture)
    print("Last byte of the answer to stored and recorded")
    print(f"  ours {ms['ours']:.0f} ms, floor {ms['floor']:.0f} ms, obvious {ms['obvious']:.0f} ms")
    line(ms["ours"] / ms["floor"], "times the floor", 2.0)
    line(ms["ours"] / ms["obvious"], "times the obvious way", 0.25)


def report_start(folder: Path) -> None:
    seconds = serving.measure_start(folder)
    print("Start to /healthz")
    line(seconds["again"], "s", 2.5)
    line(seconds["first"], "s with an empty data folder", 2.5)
    shares = sorted(serving.import_shares().items(), key=lambda share: -share[1])
    told = ", ".join(f"{name} {share:.2f}" for name, share in shares[:6])
    print(f"  of it, imports: {told} s")


def report_users(folder: Path, picture: Path) -> None:
    users = serving.measure_users(folder, picture)
    print(f"{serving.USERS} users at once, {serving.LATENCY_S:.0f} s of API latency")
    line(users["seconds"], "s until all were served", 4.0)
    line(users["failed"], "failed", 0.0)


def report_browser(folder: Path, picture: Path) -> None:
    ms = browser.measure(folder, picture)
    print("Click to image painted in Chromium, API answering at once")
    print(f"  ours {ms['ours_first']:.0f} ms, plain Gradio {ms['plain_first']:.0f} ms (first 5)")
    print(f"  ours {ms['ours_last']:.0f} ms, plain Gradio {ms['plain_last']:.0f} ms (46th to 50th)")
    line(ms["ours_first"] / ms["plain_first"], "times the plain app at first", 0.5)
    line(ms["ours_last"] / ms["ours_first"], "times our first, at the 50th", 1.2)
    print("Model switch to the last change of the form")
    line(ms["switch"], "ms", 60)


def report_pages(folder: Path) -> None:
    found = pages.measure(folder)
    print("From opening /gallery to its first thumbnails painted")
    for state, goal in (("warm", 250), ("cold", 500)):
        ours, gradio = found[f"ours {state}"], found[f"gradio {state}"]
        line(ours.ms, f"ms {state} (under Gradio's start {gradio.ms:.0f})", goal)
        line(ours.requests, f"requests {state} (under Gradio's start {gradio.requests})", 12)
        line(ours.kilobytes, f"kB {state} (under Gradio's start {gradio.kilobytes:.0f})", 120)


def report_gallery(folder: Path) -> None:
    found = gallery.measure(folder)
    huge, large = found["huge"], found["large"]
    print("A gallery of 1,000,000 images; in brackets: the figure at 100,000")
    for name, unit, goal in (
        ("first", "ms at the server for the first page", 100),
        ("list", "ms until the first page is painted, once the page is there", 500),
        ("search", "ms at the server for a search with filters, 95th percentile", 50),
        ("search_median", "ms at the server for a search with filters, median", 50),
        ("jump", "ms until a random jump is painted, slowest of 7, median of 5 rounds", 500),
        ("mark", "ms to star, rate or tag, 95th percentile", 20),
        ("opened", "ms from opening /gallery to painted", 1_000),
        ("memory", "MB of memory", 300),
        ("cells", "cells in the page", 200),
    ):
        line(huge[name], f"{unit} ({large[name]:.2f})", goal)
    print(f"  {huge['total']:.0f} ms until the number of all that a search finds, 95th percentile")
    print("Times the figure at 100,000")
    for name, what, most in (
        ("first", "the first page at the server", 1.3),
        ("search", "a search, 95th percentile", 1.3),
        ("jump", "a random jump", 1.3),
        ("mark", "to star, rate or tag", 1.3),
        ("add", "to add an image", 1.2),
        ("opened", "from opening /gallery to painted", 1.1),
    ):
        line(huge[name] / large[name], what, most)
    added = {name: figures["add"] for name, figures in found.items()}
    print("  adding an image: {huge:.2f} ms, {large:.2f} ms, {tiny:.2f} ms at 100".format(**added))
    line(added["large"] / added["tiny"], "times what adding costs at 100, at 100,000", 1.2)


def line(value: float, unit: str, goal: float) -> None:
    verdict = "" if value <= goal else "   (missed)"
    print(f"  {value:.2f} {unit}, goal at most {goal:g}{verdict}", flush=True)


if __name__ == "__main__":
    main()
