"""Painters of the ground: mountains, hills, dunes, trees, skyline and water, far to near."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from backend.providers.offline.canvas import Canvas, Plane, mix, ridge, smoothstep
from backend.providers.offline.words import Rgb


def _slopes(
    canvas: Canvas, top: Plane, near: Rgb, haze: Rgb, *, relief: float, fade: float, name: str
) -> None:
    """Fill below an outline (px per column), lit from the sun's side, hazier further down."""
    y0 = min(max(0, int(top.min()) - 4), canvas.height - 8)
    rows = slice(y0, canvas.height)
    y = np.arange(y0, canvas.height, dtype=np.float32)[:, None]
    depth = y - top[None, :]
    mask = canvas.cover(-depth)
    down = np.clip(depth / np.float32(canvas.short * fade), 0, 1)
    light = down * np.float32(0.75)
    if relief > 0:
        slope = np.gradient(top) * (1 if canvas.sun[0] > canvas.width / 2 else -1)
        slope = np.convolve(slope, np.full(9, 1 / 9), mode="same").astype(np.float32)
        grain = canvas.noise(name, (7, 7), rows=canvas.height - y0)
        lean = np.arange(canvas.width)[None, :] + ((depth + grain * canvas.short * 0.03) * 0.55)
        lit = np.clip(slope[np.clip(lean, 0, canvas.width - 1).astype(np.int64)], -1, 1)
        # Faces are sharp under the crest and lose themselves in the haze below.
        lit = lit * np.exp(-down * np.float32(2.6))
        light = light + (
            lit * np.float32(0.6) + grain * np.float32(0.08 + 0.3 * canvas.detail)
        ) * np.float32(relief)
    light = np.clip(light, 0, 1)
    colour = np.stack([a + light * np.float32(b - a) for a, b in zip(near, haze, strict=True)])
    canvas.over(mask, colour.astype(np.float32), rows)


def mountains(canvas: Canvas) -> None:
    """Raise four to five ranges, each nearer one darker and lower."""
    rng, p, s = canvas.rng("mountains"), canvas.palette, canvas.short
    count = int(rng.integers(4, 6))
    tint = canvas.plan.tints.get("mountains")
    wide = canvas.width / s
    for i in range(count):
        t = i / (count - 1)
        line = ridge(
            rng, canvas.width, (2.2 + 1.3 * t) * wide, 3 + canvas.octaves // 2, craggy=True
        )
        base = canvas.horizon - s * (0.15 - 0.21 * t)
        top = base - line * np.float32(s * (0.125 - 0.035 * t))
        body = mix(mix(p.far, p.horizon, 0.32), mix(p.near, p.far, 0.10), t**0.8)
        if canvas.is_dark:
            body = mix(body, p.sky, 0.45)
        haze = mix(p.horizon, body, 0.28 + 0.5 * t)
        if tint:
            body, haze = mix(body, tint[0], 0.62), mix(haze, tint[0], 0.45)
        _slopes(canvas, top, body, haze, relief=0.5 * (1 - 0.45 * t), fade=0.3, name=f"rock{i}")
        if canvas.plan.mood == "winter" or (i < 2 and not canvas.is_dark):
            _snowcaps(canvas, top, i)


def _snowcaps(canvas: Canvas, top: Plane, i: int) -> None:
    """Whiten what stands highest above the range's own average."""
    y0 = min(max(0, int(top.min()) - 4), canvas.height - 8)
    y1 = max(y0 + 8, min(canvas.height, int(top.max()) + 4))
    y = np.arange(y0, y1, dtype=np.float32)[:, None]
    rough = canvas.noise(f"cap{i}", (16, 9), rows=y1 - y0)
    line = np.float32(top.mean() - canvas.short * 0.03) + rough * np.float32(canvas.short * 0.035)
    mask = canvas.cover(top[None, :] - y - 0.6) * smoothstep(
        -0.012, 0.03, (line - y) / canvas.short
    )
    white = mix(canvas.palette.light, canvas.palette.horizon, 0.3)
    canvas.over(mask * np.float32(0.8), white, slice(y0, y1))


def hills(canvas: Canvas, colour: Rgb | None = None, count: int = 4) -> None:
    """Roll soft hills towards the viewer."""
    rng, p, s = canvas.rng("hills"), canvas.palette, canvas.short
    grass = colour or canvas.tint(
        "hills", mix(p.far, (0.36, 0.5, 0.2), 0.0 if canvas.is_dark else 0.5)
    )
    for i in range(count):
        t = i / max(1, count - 1)
        line = ridge(rng, canvas.width, 1.6 * canvas.width / s, 3, craggy=False)
        top = canvas.horizon + s * (0.01 + 0.21 * t**1.3) - line * np.float32(s * 0.05)
        body = mix(mix(grass, p.horizon, 0.4), mix(grass, p.near, 0.75), t)
        _slopes(canvas, top, body, mix(body, p.light, 0.3 - 0.15 * t), relief=0.3, fade=0.25,
                name=f"grass{i}")  # fmt: skip


def cloud_sea(canvas: Canvas) -> None:
    """Spread a sea of heaped clouds along the bottom, far to near."""
    rng, p, s, w = canvas.rng("cloud sea"), canvas.palette, canvas.short, canvas.width
    columns = np.arange(w, dtype=np.float32)
    for i in range(4):
        t = i / 3
        base = canvas.height - s * (0.24 - 0.24 * t)
        top = np.full(w, base, dtype=np.float32)
        for _ in range(int((26 - 12 * t) * w / s)):
            cx, r = (
                rng.uniform(-0.1 * s, w + 0.1 * s),
                s * rng.uniform(0.03, 0.075) * (0.7 + 0.8 * t),
            )
            arc = np.sqrt(np.clip(r * r - np.square(columns - np.float32(cx)), 0, None))
            top = np.minimum(top, base + s * np.float32(0.02) - arc * np.float32(1.15))
        bright, dark = mix(p.light, p.horizon, 0.3), mix(p.sky, p.horizon, 0.35)
        if canvas.is_dark:
            bright, dark = mix(p.sky, p.horizon, 0.7), mix(p.zenith, p.sky, 0.6)
        bright, dark = mix(p.horizon, bright, 0.35 + 0.65 * t), mix(p.horizon, dark, 0.25 + 0.5 * t)
        _slopes(
            canvas, top.astype(np.float32), bright, dark, relief=0.35, fade=0.13, name=f"heap{i}"
        )


def dunes(canvas: Canvas) -> None:
    """Lay dunes with sharp crests: one side in the light, one in the shade, finely rippled."""
    rng, p, s = canvas.rng("dunes"), canvas.palette, canvas.short
    sand = canvas.tint("desert", p.far)
    side = 1 if canvas.sun[0] > canvas.width / 2 else -1
    for i in range(5):
        t = i / 4
        line = ridge(rng, canvas.width, 1.3 * canvas.width / s, 2, craggy=False)
        top = (
            canvas.horizon + s * (0.27 * t**1.2 - 0.01) - line * np.float32(s * (0.035 + 0.05 * t))
        )
        y0 = min(max(0, int(top.min()) - 4), canvas.height - 8)
        y = np.arange(y0, canvas.height, dtype=np.float32)[:, None]
        depth = y - top[None, :]
        # The crest's own slope, carried down and sideways, divides light from shade.
        slope = (np.gradient(top) * side / 0.3).astype(np.float32)
        at = np.clip(np.arange(canvas.width)[None, :] + side * depth * 0.9, 0, canvas.width - 1)
        lit = smoothstep(-0.35, 0.35, slope[at.astype(np.int64)])
        lit = np.float32(0.62) + (lit - np.float32(0.62)) * np.exp(
            -np.maximum(depth, 0) / (s * 0.16)
        )
        wobble = canvas.noise(f"dune{i}", (3, 6), rows=canvas.height - y0, scale=4)
        ripple = np.sin(depth / np.float32(s * (0.004 + 0.005 * t)) + wobble * 7)
        fine = ripple * np.float32(0.05 * canvas.detail * t) + wobble * np.float32(0.08)
        light = np.clip(lit * np.float32(0.85) + fine + np.clip(depth / s, 0, 0.3), 0, 1)
        air = 0.55 * (1 - t) ** 1.5
        dark = mix(mix(sand, p.near, 0.55 + 0.3 * t), p.horizon, air)
        bright = mix(mix(sand, p.light, 0.42 - 0.25 * t), p.horizon, air)
        colour = np.stack(
            [a + light * np.float32(b - a) for a, b in zip(dark, bright, strict=True)]
        )
        canvas.over(canvas.cover(-depth), colour.astype(np.float32), slice(y0, canvas.height))


def _fir(canvas: Canvas, rng: Generator, x0: float, foot: float, tall: float, colour: Rgb) -> None:
    """Plant one conifer: tiers of boughs that widen downwards, with ragged ends."""
    wide = tall * rng.uniform(0.17, 0.23)
    tiers = int(rng.integers(7, 11))
    rows, cols, x, y = canvas.window(x0, foot - tall / 2, tall / 2)
    keep = slice(
        max(0, int(wide * -1.4 + x0) - cols.start), max(0, int(wide * 1.4 + x0) - cols.start)
    )
    x = x[:, keep]
    cols = slice(cols.start + keep.start, cols.start + keep.start + x.shape[1])
    t = np.clip(y / np.float32(tall) + np.float32(0.5), 0, 1)
    saw = np.mod(t**0.85 * tiers, 1)
    ragged = rng.uniform(-0.3, 0.3, (y.shape[0], 2)).astype(np.float32) * np.float32(
        0.35 + 0.4 * canvas.detail
    )
    reach = np.float32(wide) * t**0.9 * (0.45 + 0.55 * saw) + np.float32(0.6)
    edge = np.where(x < 0, reach * (1 + ragged[:, :1]), reach * (1 + ragged[:, 1:]))
    mask = canvas.cover(np.abs(x) - edge)
    canvas.over(mask, colour, rows, cols)


def forest(canvas: Canvas) -> None:
    """Stand rows of firs in mist, far to near."""
    rng, p, s = canvas.rng("forest"), canvas.palette, canvas.short
    tint = canvas.plan.tints.get("forest")
    wide = canvas.width / s
    for i in range(5):
        t = i / 4
        line = ridge(rng, canvas.width, 2 * wide, 3, craggy=False)
        foot = canvas.horizon + s * (0.02 + 0.34 * t**1.4) - line * np.float32(s * 0.035)
        colour = mix(mix(p.far, p.horizon, 0.55), mix(p.near, p.far, 0.05), t**0.75)
        if tint:
            colour = mix(colour, tint[0], 0.45 - 0.2 * t)
        tall = s * (0.13 + 0.40 * t**1.7)
        gap = s * (0.026 + 0.085 * t**1.5)
        x = -gap
        while x < canvas.width + gap:
            size = tall * rng.uniform(0.55, 1.15)
            column = int(np.clip(x, 0, canvas.width - 1))
            # The nearest row leaves a clearing, or it would hide all the others.
            if not (i == 4 and abs(x / canvas.width - 0.5) < 0.27):
                shade = mix(colour, p.near, float(rng.uniform(0, 0.18)) * t)
                _fir(canvas, rng, x, float(foot[column]) + s * 0.02, size, shade)
            x += gap * rng.uniform(0.6, 1.5)
        haze = mix(colour, p.horizon, 0.5 * (1 - t) + 0.05)
        _slopes(canvas, foot, colour, haze, relief=0.12, fade=0.16, name=f"floor{i}")


def city(canvas: Canvas) -> None:
    """Build a skyline in four depths; windows are lit where it is not full day."""
    rng, p, s = canvas.rng("city"), canvas.palette, canvas.short
    tint = canvas.plan.tints.get("city")
    evening = canvas.plan.mood not in ("day", "tropic", "mist", "winter")
    for i in range(4):
        t = i / 3
        wall = mix(mix(p.far, p.horizon, 0.5), mix(p.near, p.far, 0.12), t**0.7)
        if tint:
            wall = mix(wall, tint[0], 0.45)
        x = -s * 0.02
        while x < canvas.width:
            wide = s * rng.uniform(0.04, 0.095) * (0.75 + 0.5 * t)
            # Downtown is near the middle: towers there, low roofs at the sides.
            middle = np.exp(-(((x + wide / 2) / canvas.width - 0.5) ** 2) / 0.09)
            tall = s * (0.10 + rng.uniform(0.02, 0.40) * middle) * (1.15 - 0.45 * t)
            foot = canvas.horizon + s * 0.12 * t
            _tower(canvas, rng, (x, foot - tall, wide, tall), wall, t, lit=evening)
            x += wide * rng.uniform(0.95, 1.25 + 0.5 * t)
        glow = mix(p.horizon, wall, 0.35 + 0.5 * t)
        top = np.full(canvas.width, canvas.horizon + s * (0.12 * t - 0.03), dtype=np.float32)
        y = np.arange(int(top[0]), canvas.height, dtype=np.float32)[:, None]
        fog = np.exp(-(((y - top[0] - s * 0.045) / (s * 0.05)) ** 2)) * np.float32(0.5 - 0.3 * t)
        canvas.over(np.repeat(fog, canvas.width, axis=1), glow, slice(int(top[0]), canvas.height))


def _tower(
    canvas: Canvas, rng: Generator, box: tuple[float, float, float, float], wall: Rgb, t: float,
    *, lit: bool,
) -> None:  # fmt: skip
    p, s = canvas.palette, canvas.short
    x, top, wide, _ = box
    x0, x1 = max(0, int(x)), min(canvas.width, int(x + wide))
    y0 = max(0, int(top))
    shade = mix(wall, p.near, float(rng.uniform(0, 0.25)))
    spire, roof = rng.uniform(0, 1), rng.uniform(0.3, 0.7)
    seed = int(rng.integers(2**32))
    if x1 - x0 < 3 or y0 >= canvas.height:
        return
    rows, cols = slice(y0, canvas.height), slice(x0, x1)
    across = np.linspace(0, 1, x1 - x0, dtype=np.float32)[None, :]
    if canvas.sun[0] < x + wide / 2:
        across = 1 - across
    one = np.ones((canvas.height - y0, x1 - x0), dtype=np.float32)
    canvas.over(one, shade, rows, cols)
    canvas.over(one * smoothstep(0.3, 1.1, across) * np.float32(0.16), p.horizon, rows, cols)
    if spire > 0.72:
        mid, thin = int(x0 + (x1 - x0) * roof), max(1, round(s * 0.0016))
        up = slice(max(0, int(y0 - wide * spire)), y0)
        canvas.over(
            np.ones((up.stop - up.start, 1), dtype=np.float32), shade, up, slice(mid, mid + thin)
        )
    cell = s * (0.0085 + 0.0055 * t)
    nx, ny = int((x1 - x0) / cell), int((canvas.height - y0) / (cell * 1.25))
    if nx < 2 or ny < 2 or canvas.detail < 0.1:
        return
    windows = np.random.Generator(np.random.PCG64(seed))
    on = windows.uniform(0, 1, (ny, nx)).astype(np.float32)
    on = np.where(on > (0.62 if lit else 0.3), 0.35 + 0.65 * windows.uniform(0, 1, (ny, nx)), 0)
    yy = (np.arange(canvas.height - y0, dtype=np.float32) - s * 0.006) / (cell * 1.25)
    xx = np.arange(x1 - x0, dtype=np.float32) * np.float32(nx / (x1 - x0))
    pane = ((np.mod(yy, 1) < 0.56) & (yy > 0))[:, None] & (np.abs(np.mod(xx, 1) - 0.5) < 0.3)[
        None, :
    ]
    rooms = on[np.clip(yy, 0, ny - 1).astype(np.int64)][:, np.clip(xx, 0, nx - 1).astype(np.int64)]
    light = mix(p.accent, p.light, float(rng.uniform(0.1, 0.8))) if lit else p.sky
    strength = ((0.35 + 0.55 * t) if lit else 0.28) * (0.7 + 0.35 * canvas.detail)
    canvas.over((rooms * pane).astype(np.float32) * np.float32(strength), light, rows, cols)


def water(canvas: Canvas) -> None:
    """Mirror everything above the horizon in waves that lengthen towards the viewer."""
    h, w, s, top = canvas.height, canvas.width, canvas.short, canvas.horizon
    rows = h - top
    y = np.arange(1, rows + 1, dtype=np.float32)[:, None]
    near = y / np.float32(rows)
    # One noise, compressed towards the horizon by perspective.
    swell = canvas.noise("swell", (3.2, 42), rows=rows, scale=1)
    depth = np.clip(rows * (1 - 0.12 / (near * 0.88 + 0.12)) / 0.88, 0, rows - 1)
    swell = swell[depth[:, 0].astype(np.int64)]
    chop = swell * near * np.float32(s * 0.05)
    source = np.clip(top - y * np.float32(top / rows * 0.92) + chop, 0, top - 1).astype(np.int64)
    columns = np.arange(w)[None, :]
    tint = canvas.tint("ocean", mix(canvas.palette.zenith, canvas.palette.far, 0.35))
    deep = np.float32(0.30) + near * np.float32(0.34) - swell * np.float32(0.16)
    deep = np.clip(deep, 0.05, 0.9)
    dark = mix(tint, canvas.palette.near, 0.35)
    for plane, value in zip(canvas.planes, dark, strict=True):
        mirrored = plane[source, columns]
        plane[top:] = mirrored + deep * (np.float32(value) - mirrored)
    x = np.arange(w, dtype=np.float32)[None, :] - np.float32(canvas.sun[0])
    path = np.exp(-np.square(x / (np.float32(s) * (0.05 + 0.13 * near))))
    glitter = smoothstep(0.1, 0.7, swell + path * np.float32(0.35) - np.float32(0.1)) * path
    canvas.shine(glitter * np.float32(0.75), canvas.palette.light, slice(top, h))
    crest = smoothstep(0.62, 1.05, swell) * near
    canvas.shine(crest * np.float32(0.22), canvas.palette.light, slice(top, h))
    line = np.exp(-y / np.float32(s * 0.012)) * np.float32(0.4)
    canvas.over(np.repeat(line, w, axis=1), canvas.palette.horizon, slice(top, h))
