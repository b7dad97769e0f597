"""Painters of subjects: silhouettes as tables of simple shapes, modelled softly, and the flower.

A silhouette is in units of about -1..1, y down, joined smoothly where shapes meet; it is filled
with the network's folded light, so that every prompt and seed has its own.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from backend.providers.offline.canvas import Canvas, Plane, luma, mix, resize, smoothstep
from backend.providers.offline.words import Rgb, rgb

Shape = tuple[str, tuple[float, ...]]
# "e" ellipse: cx cy rx ry degrees; "c" capsule: x1 y1 x2 y2 r1 r2; "t" triangle: x1 y1 x2 y2 x3 y3
SILHOUETTES: Mapping[str, tuple[Shape, ...]] = {
    "cat": (
        ("e", (0, 0.42, 0.40, 0.52, 0)), ("e", (0, 0.72, 0.50, 0.26, 0)),
        ("e", (0, -0.30, 0.33, 0.28, 0)),
        ("t", (-0.31, -0.36, -0.08, -0.50, -0.30, -0.74)),
        ("t", (0.31, -0.36, 0.08, -0.50, 0.30, -0.74)),
        ("c", (0.36, 0.86, 0.60, 0.84, 0.09, 0.085)), ("c", (0.60, 0.84, 0.78, 0.70, 0.085, 0.08)),
        ("c", (0.78, 0.70, 0.84, 0.48, 0.08, 0.075)), ("c", (0.84, 0.48, 0.80, 0.26, 0.075, 0.07)),
        ("c", (0.80, 0.26, 0.84, 0.08, 0.07, 0.06)), ("c", (0.84, 0.08, 0.95, 0.0, 0.06, 0.05)),
    ),
    "fox": (
        ("e", (0, 0.42, 0.34, 0.52, 0)), ("e", (0, 0.74, 0.44, 0.24, 0)),
        ("e", (0, -0.30, 0.32, 0.25, 0)), ("e", (0, -0.14, 0.14, 0.16, 0)),
        ("t", (-0.33, -0.34, -0.06, -0.50, -0.33, -0.88)),
        ("t", (0.33, -0.34, 0.06, -0.50, 0.33, -0.88)),
        ("e", (0.66, 0.58, 0.17, 0.42, 28)), ("c", (0.30, 0.82, 0.58, 0.78, 0.12, 0.14)),
    ),
    "portrait": (
        ("e", (0, -0.40, 0.290, 0.33, 0)), ("e", (0, -0.20, 0.215, 0.29, 0)),
        ("c", (0, -0.02, 0, 0.42, 0.125, 0.165)),
    ),
    "hair": (
        ("e", (0.02, -0.48, 0.42, 0.42, 0)), ("e", (-0.28, -0.10, 0.22, 0.52, 8)),
        ("e", (0.30, -0.06, 0.22, 0.58, -8)), ("e", (-0.34, 0.34, 0.20, 0.36, -10)),
        ("e", (0.38, 0.40, 0.20, 0.40, 10)),
    ),
    "fringe": (
        ("e", (-0.20, -0.66, 0.26, 0.15, -38)), ("e", (0.16, -0.68, 0.28, 0.13, 34)),
        ("c", (-0.30, -0.58, -0.31, -0.08, 0.075, 0.02)),
        ("c", (0.31, -0.56, 0.32, 0.02, 0.07, 0.02)),
    ),
    "coat": (
        ("e", (-0.46, 1.02, 0.46, 0.56, -22)), ("e", (0.46, 1.02, 0.46, 0.56, 22)),
        ("c", (-0.16, 0.50, -0.05, 0.95, 0.10, 0.2)), ("c", (0.16, 0.50, 0.05, 0.95, 0.10, 0.2)),
    ),
    "astronaut": (
        ("e", (0, -0.36, 0.44, 0.44, 0)), ("e", (0, 0.62, 0.56, 0.58, 0)),
        ("c", (-0.46, 0.36, -0.78, 1.05, 0.20, 0.18)), ("c", (0.46, 0.36, 0.78, 1.05, 0.20, 0.18)),
        ("c", (-0.4, 0.2, -0.4, 0.9, 0.22, 0.22)), ("c", (0.4, 0.2, 0.4, 0.9, 0.22, 0.22)),
    ),
    "robot": (
        ("c", (-0.24, -0.42, 0.24, -0.42, 0.26, 0.26)), ("c", (0, -0.66, 0, -0.92, 0.03, 0.03)),
        ("e", (0, -0.94, 0.07, 0.07, 0)), ("c", (0, -0.1, 0, 0.1, 0.1, 0.1)),
        ("c", (-0.24, 0.36, 0.24, 0.36, 0.28, 0.28)), ("c", (-0.22, 0.72, 0.22, 0.72, 0.26, 0.26)),
        ("c", (-0.56, 0.28, -0.70, 0.82, 0.10, 0.11)), ("c", (0.56, 0.28, 0.70, 0.82, 0.10, 0.11)),
    ),
    "boat": (
        ("t", (-0.04, -0.85, -0.04, 0.30, -0.62, 0.30)),
        ("t", (0.06, -0.62, 0.06, 0.30, 0.52, 0.30)),
        ("c", (0.01, -0.92, 0.01, 0.45, 0.018, 0.022)),
        ("c", (-0.50, 0.46, 0.50, 0.46, 0.09, 0.09)), ("c", (-0.36, 0.56, 0.36, 0.56, 0.09, 0.09)),
    ),
    "balloon": (
        ("e", (0, -0.32, 0.56, 0.58, 0)), ("t", (-0.46, 0.0, 0.46, 0.0, 0.0, 0.62)),
        ("c", (-0.10, 0.80, 0.10, 0.80, 0.085, 0.085)),
        ("c", (-0.12, 0.4, -0.13, 0.78, 0.008, 0.008)),
        ("c", (0.12, 0.4, 0.13, 0.78, 0.008, 0.008)),
    ),
    "house": (
        ("t", (-0.78, 0.05, 0.78, 0.05, 0, -0.62)), ("t", (-0.6, -0.1, 0.6, -0.1, -0.6, 0.62)),
        ("t", (0.6, -0.1, 0.6, 0.62, -0.6, 0.62)), ("c", (0.40, -0.2, 0.40, -0.56, 0.07, 0.07)),
        ("c", (-0.3, 0.26, 0.3, 0.26, 0.3, 0.3)),
    ),
    "lighthouse": (
        ("c", (0, 0.92, 0, -0.38, 0.215, 0.125)), ("c", (-0.19, -0.44, 0.19, -0.44, 0.035, 0.035)),
        ("c", (0, -0.50, 0, -0.66, 0.090, 0.090)), ("t", (-0.15, -0.70, 0.15, -0.70, 0, -0.95)),
    ),
    "rocks": (
        ("e", (-0.10, 1.02, 0.86, 0.24, -4)), ("e", (0.44, 0.94, 0.42, 0.22, 14)),
        ("e", (-0.46, 0.92, 0.34, 0.20, -18)), ("e", (0.02, 0.86, 0.34, 0.16, 6)),
        ("t", (-1.05, 1.12, -0.5, 1.12, -0.66, 0.78)), ("t", (0.5, 1.12, 1.1, 1.12, 0.78, 0.80)),
    ),
    "heart": (
        ("c", (-0.30, -0.22, 0, 0.56, 0.36, 0.04)), ("c", (0.30, -0.22, 0, 0.56, 0.36, 0.04)),
    ),
    "wings": tuple(
        ("e", (s * (0.66 - 0.085 * k), 0.12 * k - 0.42, 0.62 - 0.085 * k, 0.125, s * (15 * k - 40)))
        for s in (-1, 1) for k in range(5)
    ),
}  # fmt: skip
# What a subject is made of where the prompt names no colour; else the palette decides.
BODY: Mapping[str, Rgb] = {
    "fox": rgb("c8662c"), "astronaut": rgb("c9ccd6"), "robot": rgb("8f9bab"),
    "heart": rgb("c22f3f"), "lighthouse": rgb("d9d2c4"), "rocks": rgb("3b3a42"),
    "hair": rgb("3a2219"), "fringe": rgb("3a2219"),
}  # fmt: skip
# Small bright parts on top: ellipses, and whether they glow (light), or are dark.
MARKS: Mapping[str, tuple[tuple[str, tuple[float, ...]], ...]] = {
    "portrait": (("arc", (-0.112, -0.30, 0.070, 0.034, 4, -0.112, -0.318, 0.080, 0.034, 4)),
                 ("arc", (0.112, -0.30, 0.070, 0.034, -4, 0.112, -0.318, 0.080, 0.034, -4)),
                 ("shade", (-0.115, -0.405, 0.075, 0.011, -7)),
                 ("shade", (0.115, -0.405, 0.075, 0.011, 7)),
                 ("lips", (-0.024, -0.068, 0.044, 0.017, -8)),
                 ("lips", (0.024, -0.068, 0.044, 0.017, 8)),
                 ("lips", (0, -0.056, 0.050, 0.020, 0)), ("soft", (0.0, -0.150, 0.045, 0.012, 0))),
    "cat": (("glow", (-0.13, -0.31, 0.062, 0.068, 0)), ("glow", (0.13, -0.31, 0.062, 0.068, 0)),
            ("dark", (-0.13, -0.31, 0.018, 0.058, 0)), ("dark", (0.13, -0.31, 0.018, 0.058, 0)),
            ("warm", (0, -0.205, 0.035, 0.024, 0))),
    "fox": (("glow", (-0.13, -0.33, 0.05, 0.05, 0)), ("glow", (0.13, -0.33, 0.05, 0.05, 0)),
            ("dark", (-0.13, -0.33, 0.026, 0.042, 0)), ("dark", (0.13, -0.33, 0.026, 0.042, 0)),
            ("dark", (0, -0.055, 0.05, 0.035, 0))),
    "robot": (("glow", (-0.19, -0.44, 0.085, 0.085, 0)), ("glow", (0.19, -0.44, 0.085, 0.085, 0)),
              ("warm", (0, 0.42, 0.10, 0.10, 0)), ("warm", (0, -0.94, 0.05, 0.05, 0))),
    "astronaut": (("warm", (0.30, 0.55, 0.05, 0.05, 0)), ("dark", (0, 0.62, 0.22, 0.13, 0)),
                  ("glow", (-0.09, 0.60, 0.03, 0.03, 0)), ("warm", (0.07, 0.60, 0.03, 0.03, 0)),
                  ("dark", (0, -0.33, 0.34, 0.29, 0)), ("visor", (0, -0.33, 0.31, 0.26, 0)),
                  ("glow", (-0.13, -0.46, 0.075, 0.035, -25))),
    "lighthouse": (("glow", (0, -0.58, 0.060, 0.085, 0)), ("dark", (0, 0.62, 0.05, 0.085, 0)),
                   ("dark", (0, 0.24, 0.032, 0.05, 0)), ("dark", (0, -0.14, 0.028, 0.045, 0))),
    "house": (("warm", (-0.25, 0.28, 0.09, 0.11, 0)), ("warm", (0.25, 0.28, 0.09, 0.11, 0))),
}  # fmt: skip


def _distance(kind: str, a: tuple[float, ...], x: Plane, y: Plane) -> Plane:
    """Return the signed distance to one shape (an ellipse's is approximate)."""
    if kind == "e":
        turn = np.radians(a[4])
        u = (x - a[0]) * np.cos(turn) + (y - a[1]) * np.sin(turn)
        v = (y - a[1]) * np.cos(turn) - (x - a[0]) * np.sin(turn)
        k = np.hypot(u / a[2], v / a[3])
        slope = np.hypot(u / a[2] ** 2, v / a[3] ** 2) + 1e-4
        return np.asarray(k * (k - 1) / slope, dtype=np.float32)
    if kind == "c":
        bx, by = a[2] - a[0], a[3] - a[1]
        t = np.clip(((x - a[0]) * bx + (y - a[1]) * by) / (bx * bx + by * by), 0, 1)
        d = np.hypot(x - a[0] - t * bx, y - a[1] - t * by) - (a[4] + t * (a[5] - a[4]))
        return np.asarray(d, dtype=np.float32)
    points = np.array(a).reshape(3, 2)
    area = (points[1, 0] - points[0, 0]) * (points[2, 1] - points[0, 1])
    area -= (points[2, 0] - points[0, 0]) * (points[1, 1] - points[0, 1])
    worst = np.full(np.broadcast_shapes(x.shape, y.shape), -9.0, dtype=np.float32)
    for p, q in zip(points, np.roll(points, -1, axis=0), strict=True):
        edge = q - p
        side = ((x - p[0]) * edge[1] - (y - p[1]) * edge[0]) / np.hypot(*edge)
        worst = np.maximum(worst, side * np.sign(area)).astype(np.float32)
    return worst


def _union(shapes: tuple[Shape, ...], x: Plane, y: Plane, blend: float) -> Plane:
    """Return the distance to all shapes, melted together within `blend`."""
    total = _distance(*shapes[0], x, y)
    for kind, numbers in shapes[1:]:
        other = _distance(kind, numbers, x, y)
        t = np.clip(0.5 + (total - other) / (2 * blend), 0, 1)
        total = (total + t * (other - total) - blend * t * (1 - t)).astype(np.float32)
    return total


def paint(
    canvas: Canvas, name: str, centre: tuple[float, float], unit: float, silk: NDArray[np.float32]
) -> None:
    """Paint a silhouette, `unit` px to 1.0, filled with `silk` (three planes), lit by the sun."""
    rows, cols, dx, dy = canvas.window(*centre, unit * 1.75)
    h, w = rows.stop - rows.start, cols.stop - cols.start
    if h < 4 or w < 4:
        return
    small = (max(4, h // 3), max(4, w // 3))
    y = (np.linspace(dy[0, 0], dy[-1, 0], small[0]) / unit).astype(np.float32)[:, None]
    x = (np.linspace(dx[0, 0], dx[0, -1], small[1]) / unit).astype(np.float32)[None, :]
    blend = {
        "boat": 0.004,
        "house": 0.01,
        "lighthouse": 0.012,
        "rocks": 0.03,
        "wings": 0.02,
        "balloon": 0.03,
    }.get(name, 0.06)
    d = _union(SILHOUETTES[name], x, y, blend)
    # A little beyond the edge too, so that the slope's end is never seen.
    inside = np.clip(0.03 - d, 0.004, 0.3)
    bulge = np.sqrt(inside * (0.6 - inside))
    gy, gx = (np.clip(g, -3, 3) for g in np.gradient(bulge, 3 / unit))
    to_sun = np.array([canvas.sun[0] - centre[0], canvas.sun[1] - centre[1]])
    to_sun = to_sun / (np.hypot(*to_sun) + 1)
    facing = (-(gx * to_sun[0] + gy * to_sun[1])) / np.sqrt(1 + gx * gx + gy * gy)
    facing = np.clip(facing, -1, 1)
    light = resize(np.clip(0.42 + 0.5 * facing, 0, 1.2).astype(np.float32), w, h)
    full = resize(d, w, h) * np.float32(unit)
    # The rim is too thin for the coarse grid: its width comes from the distance at full size.
    rim = np.exp(np.clip(full, -unit, 0) * np.float32(26 / unit))
    rim *= resize(np.clip(facing + 0.35, 0, 1).astype(np.float32), w, h)
    p = canvas.palette
    tint = canvas.plan.tints.get(name)
    body: Rgb = tint[0] if tint else mix(p.near, p.far, 0.35)
    if not tint and name in BODY:
        body = mix(BODY[name], p.sky, 0.2)
    if name == "portrait":
        # A lit face takes the colour of the light around it, whoever it is.
        body = mix(mix(p.accent, p.horizon, 0.5), p.light, 0.12)
    dark, bright = mix(body, p.near, 0.45), mix(body, p.light, 0.30)
    if name == "portrait":
        dark = mix(body, p.near, 0.22)
    share = {"portrait": 0.10, "balloon": 0.8, "heart": 0.2, "coat": 0.7}.get(name, 0.3)
    share = min(share, 0.25) if tint else share
    if luma(body) > 0.6:
        dark = mix(body, p.far, 0.6)
    fill = np.empty((3, h, w), dtype=np.float32)
    for i in range(3):
        base = dark[i] + light * np.float32(bright[i] - dark[i])
        base += (silk[i][rows, cols] * (0.45 + 0.75 * light) - base) * np.float32(share)
        fill[i] = base + rim * (1 - base) * np.float32(p.light[i] * 0.75)
    halo = np.exp(-np.maximum(full, 0) / np.float32(unit * 0.22)) * (full > 0)
    halo *= np.clip(1 - full / np.float32(unit * 0.6), 0, 1)  # gone before the window's edge
    canvas.shine(halo * np.float32(0.16), p.light, rows, cols)
    canvas.over(canvas.cover(full), np.clip(fill, 0, 1), rows, cols)
    _paint_marks(canvas, name, body, unit, (rows, cols, dx, dy))


def _paint_marks(
    canvas: Canvas,
    name: str,
    body: Rgb,
    unit: float,
    window: tuple[slice, slice, Plane, Plane],
) -> None:
    """Paint the small bright and dark parts on top of a silhouette."""
    rows, cols, dx, dy = window
    p = canvas.palette
    colours: dict[str, Rgb] = {
        "glow": mix(p.accent, p.light, 0.6), "dark": mix(p.near, (0, 0, 0), 0.5),
        "warm": p.accent, "visor": mix(p.horizon, p.near, 0.45), "shade": mix(body, p.near, 0.8),
        "arc": mix(body, p.near, 0.9), "lips": mix(p.accent, (0.62, 0.12, 0.16), 0.6),
        "soft": mix(body, p.near, 0.35),
    }  # fmt: skip
    for kind, numbers in MARKS.get(name, ()):
        u, v = dx / np.float32(unit), dy / np.float32(unit)
        mark = _distance("e", numbers[:5], u, v) * np.float32(unit)
        if kind == "arc":  # one ellipse without another: a lowered lid
            mark = np.maximum(mark, -_distance("e", numbers[5:], u, v) * np.float32(unit))
        canvas.over(canvas.cover(mark), colours[kind], rows, cols)
        if kind in ("glow", "warm"):
            near = np.exp(-np.maximum(mark, 0) / np.float32(unit * 0.05))
            canvas.shine(near * np.float32(0.25), colours[kind], rows, cols)


def flower(canvas: Canvas, silk: NDArray[np.float32]) -> None:
    """Paint one large bloom, ring by ring from the outside, over blurred lights."""
    rng, p, s = canvas.rng("flower"), canvas.palette, canvas.short
    cx = canvas.width / 2 + s * rng.uniform(-0.06, 0.06)
    cy, reach = canvas.height / 2 + s * rng.uniform(-0.05, 0.03), s * 0.37
    tint = canvas.plan.tints.get("flower")
    petal: Rgb = tint[0] if tint else p.accent
    petals, rings = int(rng.integers(7, 12)), int(rng.integers(5, 8))
    rows, cols, x, y = canvas.window(cx, cy, reach * 1.35)
    radius = np.hypot(x, y) / np.float32(reach)
    angle = np.arctan2(y, x)
    ruffle = canvas.noise("ruffle", (5, 5))[rows, cols]
    for i in range(rings):
        t = i / (rings - 1)
        size = 1.0 - 0.78 * t
        a = angle + np.float32(rng.uniform(0, 6.3)) + ruffle * np.float32(0.10)
        around = np.abs(np.sin(a * np.float32(petals / 2)))
        edge = np.float32(size) * (0.66 + 0.34 * np.sqrt(around)) * (1 + ruffle * np.float32(0.05))
        d: Plane = ((radius - edge) * reach).astype(np.float32)
        along = np.clip(radius / edge, 0, 1)
        shadow = np.exp(-np.maximum(d, 0) / np.float32(reach * 0.07)) * (d > 0)
        canvas.over(shadow * np.float32(0.45), mix(petal, p.near, 0.75), rows, cols)
        veins = np.sin(a * np.float32(petals * 7)) * np.float32(0.05 * canvas.detail)
        light = np.clip(along**1.6 * 0.85 + around * 0.22 + veins - 0.10, 0, 1)
        top, bottom = mix(petal, p.light, 0.16 + 0.30 * t), mix(petal, p.near, 0.70 - 0.35 * t)
        fill = np.stack([b + light * np.float32(u - b) for u, b in zip(top, bottom, strict=True)])
        fill += (silk[:, rows, cols] - fill) * np.float32(0.12)
        canvas.over(canvas.cover(d), fill.astype(np.float32), rows, cols)
    core = np.exp(-np.square(radius / np.float32(0.13)))
    canvas.over(core * np.float32(0.8), mix(p.accent, p.light, 0.75), rows, cols)
    dots: Plane = (np.sin(angle * 21) * np.sin(radius * 130)).astype(np.float32)
    speck = smoothstep(0.2, 0.6, ruffle + dots)
    canvas.over(core * speck * np.float32(0.5), mix(petal, p.near, 0.6), rows, cols)


def bokeh(canvas: Canvas) -> None:
    """Darken what lies behind a subject, and scatter large blurred discs of light over it."""
    rng, s = canvas.rng("bokeh"), canvas.short
    dim = np.full((canvas.height, canvas.width), 0.7, dtype=np.float32)
    canvas.over(dim, mix(canvas.palette.near, canvas.palette.far, 0.25))
    for _ in range(int(22 * canvas.width * canvas.height / s**2)):
        x, y = rng.uniform(0, canvas.width), rng.uniform(0, canvas.height)
        radius = s * rng.uniform(0.02, 0.085)
        rows, cols, dx, dy = canvas.window(x, y, radius * 1.3)
        r: Plane = (np.hypot(dx, dy) / radius).astype(np.float32)
        disc = (1 - smoothstep(0.82, 1.12, r)) * (0.55 + 0.45 * np.clip(r, 0, 1) ** 3)
        colour = mix(canvas.palette.horizon, canvas.palette.accent, float(rng.uniform(0, 1)))
        canvas.shine(
            disc.astype(np.float32) * np.float32(rng.uniform(0.05, 0.30)), colour, rows, cols
        )
