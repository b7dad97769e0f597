"""Prints every figure of ARCHITECTURE.md: `make bench`, or `python -m tests.bench saving users`."""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path

from tests.bench import (
    browser,
    experiments,
    gallery,
    image,
    other_programs,
    pages,
    phones,
    postgres,
    saving,
    serving,
    several,
    storing,
)

PARTS = (
    "saving",
    "storing",
    "start",
    "users",
    "browser",
    "pages",
    "gallery",
    "postgres",
    "machines",
    "experiments",
    "phones",
    "programs",
)


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
        if "storing" in parts:
            report_storing(folder, picture)
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
        if "postgres" in parts:
            report_postgres(folder)
        if "machines" in parts:
            report_machines(folder)
        if "experiments" in parts:
            report_experiments(folder, picture)
        if "phones" in parts:
            report_phones(folder)
        if "programs" in parts:
            report_programs(folder, picture)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def report_saving(folder: Path, picture: Path) -> None:
    took = saving.measure(folder, picture)
    least = {name: min(times) for name, times in took.items()}
    usual = {name: statistics.median(times) for name, times in took.items()}
    print(f"Last byte of the answer to stored and recorded, {saving.ROUNDS} rounds in turns")
    for told, ms in (("least", least), ("median", usual)):
        print(f"  {told}: " + ", ".join(f"{name} {value:.0f} ms" for name, value in ms.items()))
    line(least["ours"] / least["floor"], "times the floor (least)", 1.3)
    line(usual["ours"] / usual["floor"], "times the floor (median)", 1.3)
    line(usual["ours"] / usual["obvious"], "times the obvious way (median)", 0.25)


def report_storing(folder: Path, picture: Path) -> None:
    print("The same with PostgreSQL and an object store, in turns with a bare put into it")
    try:
        took = storing.measure(folder, picture)
    except LookupError as error:
        print(f"  not measured: {error}")
        return
    least = {name: min(times) for name, times in took.items()}
    usual = {name: statistics.median(times) for name, times in took.items()}
    for told, ms in (("least", least), ("median", usual)):
        print(f"  {told}: " + ", ".join(f"{name} {value:.0f} ms" for name, value in ms.items()))
    line(least["ours"] / least["put"], "times the bare put (least)", 1.5)
    line(usual["ours"] / usual["put"], "times the bare put (median)", 1.5)


def report_machines(folder: Path) -> None:
    print("Several machines on one PostgreSQL")
    try:
        rates = several.measure_sends(folder)
        served = several.measure_users(folder)
    except LookupError as error:
        print(f"  not measured: {error}")
        return
    verdict = "" if rates["postgresql"] >= 300 else "   (missed)"
    print(f"  {rates['postgresql']:.0f} sends noted a second, goal at least 300{verdict}")
    print(f"  {rates['sqlite']:.0f} with SQLite")
    for count in (several.FEW, serving.USERS):
        one, two, half = (served[name, count] for name in ("one", "two", "half"))
        print(
            f"  {half.seconds:.2f} s for {count} users of one on half of the cores,"
            f" {two.seconds:.2f} s for twice as many of two on all"
        )
        line(two.seconds / half.seconds, "times", 1.1)
        print(f"  {two.seconds / one.seconds:.2f} times that of one on all of them")
        print(f"  {one.cpu_ms:.1f} ms of CPU for a user of one, {two.cpu_ms:.1f} ms of two")
        line(two.cpu_ms / one.cpu_ms, "times", 1.1)


def report_start(folder: Path) -> None:
    seconds = serving.measure_start(folder)
    print("Start to /healthz, in turns with importing Gradio as it comes")
    line(seconds["again"], "s", 1.2)
    line(seconds["first"], "s with an empty data folder", 1.6)
    print(f"  {seconds['again'] / seconds['gradio']:.2f} times that import")
    shares = sorted(serving.import_shares().items(), key=lambda share: -share[1])
    told = ", ".join(f"{name} {share:.2f}" for name, share in shares[:6])
    print(f"  of it, imports: {told} s")


def report_users(folder: Path, picture: Path) -> None:
    took = serving.measure_users(folder, picture)
    seconds = {name: statistics.median(times) for name, times in took.items()}
    print(f"{serving.USERS} users at once, {serving.LATENCY_S:.0f} s of API latency, in turns")
    line(seconds["ours"], "s until all were served through /api/generate", 2.6)
    line(seconds["queue"], "s through Gradio's queue", 4.0)
    print(
        f"  {seconds['floor']:.2f} s is the floor (base64, full decode, write, fsync on all cores)"
    )
    line(sum(took["failed"]), "failed", 0.0)


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


def report_postgres(folder: Path) -> None:
    print("100,000 images in PostgreSQL, in turns with SQLite")
    try:
        ms = postgres.measure(folder)
    except LookupError as error:
        print(f"  not measured: {error}")
        return
    ours, sqlite = ms["postgresql"], ms["sqlite"]
    for name, told, goal in (
        ("search", "times SQLite, search with words and filters, 95th percentile of 64", 1.5),
        ("total", "times SQLite, the number of all that such a search finds, 95th percentile", 1.5),
    ):
        line(ours[name] / sqlite[name], told, goal)
    for name in ("first", "median", "search", "total", "mark"):
        print(f"  {name}: {ours[name]:.1f} ms, SQLite {sqlite[name]:.1f} ms")


def report_experiments(folder: Path, picture: Path) -> None:
    found = experiments.measure(folder, picture)
    cells, sends, latency_s = experiments.CELLS, experiments.SENDS, experiments.LATENCY_S
    floor_s = cells / sends * latency_s
    print(f"An experiment of {cells} cells, {latency_s:.0f} s of API latency, {sends} at once")
    line(found.run_s / floor_s, f"times {floor_s:.0f} s, which {sends} at once allow", 1.15)
    line(found.run_s / found.peer_s, "times a plain program that sends as many", 1.15)
    longest = max(found.clicks_s) - found.alone_s
    line(longest, f"s longer than the usual {found.alone_s:.2f} for a click meanwhile", latency_s)
    (first, first_own), (last, last_own) = found.work_ms
    line(first, "ms of the page's work for each of the first cells that land", 20)
    line(last, f"ms for each of the last, of it {last_own:.2f} script, style and layout", 20)
    line(last / first, "times the first, all in all", 1.15)
    line(last_own / first_own, "times the first, script, style and layout", 1.15)
    line(found.cached_s, f"s until {cells} that are stored already are shown", 2)
    line(found.plan_s, "s to count, price and order 5,000 cells", 0.5)
    line(found.template_ms, "ms to count the 10^12 texts of a template", 5)


def report_phones(folder: Path) -> None:
    found = phones.measure(folder)
    print(f"A room of {phones.PHONES} phones, one of which never reads")
    line(found.last_s, "s from the presenter's click until the last phone was told", 0.5)
    line(found.last_s / found.floor_s, f"times a plain server's {found.floor_s * 1000:.0f} ms", 6)
    line(found.slower, "times the usual for the presenter's page meanwhile", 2)
    line(found.in_s, "s until all had come in by the code and were told", 5)
    line(found.back_s, f"s until {phones.BACK} that came back at once were answered", 3)


def report_programs(folder: Path, picture: Path) -> None:
    took = other_programs.measure(folder, picture)
    print(f"OpenAI's interface, {other_programs.ROUNDS} images each, in turns, API at once")
    for kept, what in (("", "made, small"), ("kept ", "answered from disk")):
        for told, of in (
            ("least", min),
            ("lower quartile", _quartile),
            ("median", statistics.median),
        ):
            ms = {name: of(took[kept + name]) for name in ("ours", "url", "file", "b64_json")}
            print(f"  {what}, {told}: " + ", ".join(f"{n} {v:.1f} ms" for n, v in ms.items()))
            line(ms["url"] - ms["ours"], "ms more than /api/generate, with an address", 3)
            line(ms["b64_json"] - ms["file"], "ms more than that and its file, in base64", 3)


def _quartile(values: list[float]) -> float:
    return statistics.quantiles(values, n=4)[0]


def line(value: float, unit: str, goal: float) -> None:
    verdict = "" if value <= goal else "   (missed)"
    print(f"  {value:.2f} {unit}, goal at most {goal:g}{verdict}", flush=True)


if __name__ == "__main__":
    main()
