"""Scenes: where things stand, and in which order a plan is painted, from the sky to the viewer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from backend.providers.offline import land, sky, subjects
from backend.providers.offline.canvas import Canvas, Plane, generator
from backend.providers.offline.words import SUBJECTS, Palette, Plan


def layout(plan: Plan, palette: Palette, size: tuple[int, int], key: str, detail: float) -> Canvas:
    """Return the blank canvas: where the horizon and the light are, and how fine the work is."""
    width, height = size
    rng = generator(key, "layout")
    has = plan.features.__contains__
    # Open space has no horizon, unless there is ground to stand on: the last that applies counts.
    levels = {
        "nebula": 1.0, "mountains": 0.66, "hills": 0.66,
        "city": 0.76, "forest": 0.62, "desert": 0.56, "ocean": 0.58,
    }  # fmt: skip
    level = [0.66, *(at for name, at in levels.items() if has(name))][-1]
    horizon = min(height, int(height * (level + rng.uniform(-0.04, 0.04))))
    side = rng.choice([-1, 1]) * rng.uniform(0.10, 0.30)
    lift = 0.52 if has("moon") and not has("sun") else (0.24 if plan.mood != "day" else 0.5)
    low = horizon - height * (lift + rng.uniform(-0.05, 0.06)) * min(1.0, width / height * 1.2)
    if has("mountains"):
        low -= 0.08 * min(width, height)
    short = min(width, height)
    return Canvas(
        planes=np.empty((3, height, width), dtype=np.float32),
        palette=palette,
        plan=plan,
        key=key,
        detail=detail,
        soft=(1.3 + 11 * (1 - detail) ** 5) * max(1.0, short / 1024),
        horizon=horizon,
        sun=(width * (0.5 + side), max(short * 0.12, low)),
    )


def compose(canvas: Canvas, field: Plane, silk: NDArray[np.float32]) -> None:
    """Paint what the plan names, from the sky towards the viewer."""
    has = canvas.plan.features.__contains__
    ground = [n for n in ("mountains", "hills", "ocean", "forest", "city", "desert") if has(n)]
    subject = next((n for n in SUBJECTS if has(n)), None)
    sky.sky(canvas, field)
    if has("nebula"):
        sky.nebula(canvas, field)
    if has("stars"):
        sky.stars(canvas)
    if has("aurora"):
        sky.aurora(canvas)
    if has("planet"):
        sky.planet(canvas)
    if has("moon") and not has("sun"):
        sky.moon(canvas)
    if has("sun") or (canvas.plan.mood == "sunset" and ground):
        sky.sun(canvas)
    backdrop = has("flower") or (subject in ("portrait", "robot", "heart") and not ground)
    if not backdrop and not has("nebula"):
        sky.clouds(canvas, 0.75 if has("clouds") else (0.12 if canvas.is_dark else 0.42))
    painters: dict[str, Callable[[Canvas], None]] = {
        "mountains": land.mountains, "desert": land.dunes, "city": land.city,
        "hills": land.hills, "ocean": land.water, "forest": land.forest,
    }  # fmt: skip
    for name, painter in painters.items():
        if name in ground:
            painter(canvas)
    if not ground and ("wings" in canvas.plan.features or has("clouds")):
        land.cloud_sea(canvas)
    if has("birds"):
        sky.birds(canvas)
    if has("mist"):
        sky.mist(canvas, 0.8)
    if backdrop:
        subjects.bokeh(canvas)
    if has("flower"):
        subjects.flower(canvas, silk)
    if subject:
        _place(canvas, subject, silk, grounded=bool(ground))
    if has("rain"):
        sky.rain(canvas)
    if has("snow"):
        sky.snow(canvas)


def _place(canvas: Canvas, name: str, silk: NDArray[np.float32], *, grounded: bool) -> None:
    """Stand, float or fly the subject where it belongs."""
    rng, s, h = canvas.rng("place"), canvas.short, canvas.height
    x = canvas.width / 2 + s * rng.uniform(-0.08, 0.08)
    flies = "wings" in canvas.plan.features
    unit, y = s * 0.30, h - s * 0.30
    if name in ("portrait", "astronaut", "robot"):
        unit, y = s * 0.46, h - s * 0.42
    elif name == "boat":
        unit, y = s * 0.17, canvas.horizon + s * 0.02
        x = canvas.width - canvas.sun[0] + s * rng.uniform(-0.05, 0.05)
    elif name == "balloon" or name == "heart":
        unit, y = s * (0.24 if name == "balloon" else 0.36), h * 0.45
    elif name == "house":
        unit, y = s * 0.16, canvas.horizon + s * 0.10
    elif name == "lighthouse":
        # Away from the sun, so that both are seen, with its rocks in the water or on the ground.
        unit, y = s * 0.27, canvas.horizon - s * 0.12
        side = 0.30 if canvas.sun[0] > canvas.width / 2 else 0.70
        x = canvas.width * side + s * rng.uniform(-0.05, 0.05)
    if flies and name not in ("boat", "house", "lighthouse"):
        unit, y = s * 0.25, h * 0.47
        subjects.paint(canvas, "wings", (x, y), unit * 1.25, silk)
    elif not grounded and name in ("cat", "fox", "house"):
        land.hills(canvas, count=3)
    if name == "portrait":
        for part in ("hair", "coat"):
            subjects.paint(canvas, part, (x, y), unit, silk)
    subjects.paint(canvas, name, (x, y), unit, silk)
    if front := {"portrait": "fringe", "lighthouse": "rocks"}.get(name):
        subjects.paint(canvas, front, (x, y), unit, silk)
