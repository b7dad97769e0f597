"""Painters of the sky: gradient, stars, nebula, aurora, sun, moon, planet, clouds and weather."""

from __future__ import annotations

import numpy as np

from backend.providers.offline.canvas import Canvas, Plane, mix, resize, smoothstep
from backend.providers.offline.words import Rgb

WHITE: Rgb = (1.0, 1.0, 1.0)


def sky(canvas: Canvas, field: Plane) -> None:
    """Fill the canvas: a gradient warped by the network's field, and the glow of the light."""
    p, h, w = canvas.palette, canvas.height, canvas.width
    small_h, small_w = max(16, h // 4), max(16, w // 4)
    y = np.arange(small_h, dtype=np.float32)[:, None] * np.float32(h / small_h)
    x = np.arange(small_w, dtype=np.float32)[None, :] * np.float32(w / small_w)
    # Resampled through very few points: a hard line in the field must not crease the sky.
    warp = resize(resize(field, 9, 9), small_w, small_h) * np.float32(0.09)
    t = np.clip(y / np.float32(canvas.horizon) + warp, 0, 1.2)
    stops = [0.0, 0.55, 1.0, 1.2]
    r = np.hypot(x - np.float32(canvas.sun[0]), (y - np.float32(canvas.sun[1])) * np.float32(1.25))
    r /= np.float32(canvas.short)
    strength = 0.34 if canvas.is_dark else 0.6
    glow = np.exp(-r * np.float32(3.2)) * np.float32(strength)
    warm = np.exp(-r * np.float32(1.5)) * np.float32(0.28)
    for i, plane in enumerate(canvas.planes):
        ramp = np.interp(
            t, stops, [p.zenith[i], p.sky[i], p.horizon[i], mix(p.horizon, p.far, 0.5)[i]]
        ).astype(np.float32)
        ramp += warm * (np.float32(p.horizon[i]) - ramp)
        ramp += glow * (np.float32(p.light[i]) - ramp)
        plane[:] = resize(ramp, w, h)


def stars(canvas: Canvas) -> None:
    """Scatter stars, most of them faint; only the brightest have a halo."""
    rng, s = canvas.rng("stars"), canvas.short
    count = int(420 * canvas.width * canvas.height / s**2 * (0.5 + 0.5 * canvas.detail))
    xs, ys = rng.uniform(0, canvas.width, count), rng.uniform(0, 1, count) ** 1.25
    size = rng.pareto(2.6, count) + 0.55
    warmth = rng.uniform(0, 1, count)
    for x, y, big, warm in zip(xs, ys * canvas.horizon, size, warmth, strict=True):
        radius = min(4.5, big) * s / 1024 * 0.8 + canvas.soft * 0.25
        rows, cols, dx, dy = canvas.window(x, y, radius * 5 + 1)
        r2 = (dx * dx + dy * dy) / np.float32(radius * radius)
        light = np.exp(-r2) * np.float32(min(1.0, 0.35 + 0.4 * big))
        if big > 2.2:
            light += np.float32(0.22) * np.exp(-np.sqrt(r2) * np.float32(0.9))
        colour = mix((0.72, 0.82, 1.0), (1.0, 0.86, 0.7), float(warm))
        canvas.shine(np.minimum(light, np.float32(1)), colour, rows, cols)


def nebula(canvas: Canvas, field: Plane) -> None:
    """Paint glowing gas along a tilted band."""
    w, h = canvas.width, canvas.height
    gas = canvas.noise("gas", (2.2, 2.2)) + np.float32(0.5) * resize(field, w, h)
    dust = canvas.noise("dust", (4, 4))
    slope = canvas.rng("band").uniform(-0.7, 0.7)
    x = (np.arange(w, dtype=np.float32)[None, :] - w / 2) / np.float32(canvas.short)
    y = (np.arange(h, dtype=np.float32)[:, None] - h * 0.45) / np.float32(canvas.short)
    band = np.exp(-np.square((y - x * np.float32(slope)) * np.float32(2.1) + gas * 0.35))
    cloud = band * smoothstep(-0.7, 1.0, gas)
    canvas.shine(cloud * np.float32(0.8), mix(canvas.palette.horizon, canvas.palette.accent, 0.35))
    canvas.shine(band * smoothstep(0.15, 1.3, gas - dust * 0.4), canvas.palette.accent)
    canvas.shine(np.square(band) * smoothstep(0.3, 1.5, gas) * np.float32(0.8), WHITE)
    canvas.over(band * smoothstep(0.25, 1.1, dust) * np.float32(0.75), canvas.palette.zenith)


def aurora(canvas: Canvas) -> None:
    """Hang three curtains of light in the upper sky."""
    rng, rows = canvas.rng("aurora"), canvas.horizon
    x = np.arange(canvas.width, dtype=np.float32) / np.float32(canvas.short)
    y = np.arange(rows, dtype=np.float32)[:, None] / np.float32(rows)
    rays = canvas.noise("rays", (26, 0.6), rows=rows)
    colours: tuple[Rgb, ...] = ((0.25, 1.0, 0.62), (0.3, 0.85, 0.9), (0.66, 0.4, 1.0))
    for colour in colours:
        phase, rate = rng.uniform(0, 6.3, 2), rng.uniform(2.0, 4.5, 2)
        foot = rng.uniform(0.5, 0.8) + 0.10 * np.sin(x * rate[0] + phase[0])
        foot += 0.05 * np.sin(x * rate[1] * 2 + phase[1])
        up = (foot.astype(np.float32)[None, :] - y) + rays * np.float32(0.05)
        curtain = np.exp(-np.maximum(up, 0) * np.float32(3.6)) * smoothstep(-0.03, 0.05, up)
        canvas.shine(curtain * np.clip(0.62 + rays * np.float32(0.5), 0, 1), colour, slice(0, rows))


def sun(canvas: Canvas) -> None:
    """Paint the sun's disc with its bloom."""
    radius = canvas.short * 0.075
    rows, cols, x, y = canvas.window(*canvas.sun, radius * 7)
    r: Plane = np.hypot(x, y).astype(np.float32)
    bloom = np.exp(-np.maximum(r - np.float32(radius), 0) / np.float32(radius * 1.15))
    fade = smoothstep(0.0, 1.0, 1 - r / np.float32(radius * 7))
    light = canvas.tint("sun", canvas.palette.light)
    canvas.shine(
        bloom * fade * np.float32(0.62), mix(light, canvas.palette.horizon, 0.4), rows, cols
    )
    canvas.over(canvas.cover(r - np.float32(radius)), mix(light, WHITE, 0.35), rows, cols)


def moon(canvas: Canvas) -> None:
    """Paint a cratered moon, lit from one side, with a cool halo."""
    radius = canvas.short * 0.085
    rows, cols, x, y = canvas.window(*canvas.sun, radius * 6)
    r: Plane = (np.hypot(x, y) / radius).astype(np.float32)
    halo = np.exp(-np.maximum(r - 1, 0) * np.float32(1.1)) * smoothstep(0, 1, 1 - r / np.float32(6))
    light = canvas.tint("moon", mix(canvas.palette.light, (1.0, 0.96, 0.86), 0.6))
    canvas.shine(halo * np.float32(0.42), mix(light, canvas.palette.horizon, 0.45), rows, cols)
    seas = smoothstep(-0.1, 0.55, canvas.noise("seas", (9, 9))[rows, cols])
    side = np.clip(1 - (x * 0.55 + y * 0.35) / np.float32(radius) * 0.45, 0.55, 1.15)
    limb = np.sqrt(np.clip(1 - r * r, 0, 1)) * np.float32(0.25) + np.float32(0.78)
    shade = side * limb * (1 - seas * np.float32(0.26))
    colour = np.stack([np.clip(shade * np.float32(c), 0, 1) for c in light])
    canvas.over(canvas.cover((r - 1) * np.float32(radius)), colour, rows, cols)


def planet(canvas: Canvas) -> None:
    """Paint a banded planet with a ring, half in shadow."""
    rng, s = canvas.rng("planet"), canvas.short
    cx = canvas.width / 2 + s * rng.uniform(-0.18, 0.18)
    cy, radius = canvas.height * rng.uniform(0.36, 0.46), s * rng.uniform(0.19, 0.25)
    tilt = rng.uniform(-0.5, 0.5)
    rows, cols, x, y = canvas.window(cx, cy, radius * 2.4)
    u = (x * np.float32(np.cos(tilt)) + y * np.float32(np.sin(tilt))) / np.float32(radius)
    v = (y * np.float32(np.cos(tilt)) - x * np.float32(np.sin(tilt))) / np.float32(radius)
    r = np.hypot(u, v)
    swirl = canvas.noise("swirl", (5, 5))[rows, cols]
    band = np.sin(v * np.float32(9) + swirl * np.float32(1.1)) * np.float32(0.5) + np.float32(0.5)
    z = np.sqrt(np.clip(1 - r * r, 0, 1))
    lit = np.clip(-u * np.float32(0.62) - v * np.float32(0.38) + z * np.float32(0.62), 0.03, 1)
    a, b = canvas.palette.horizon, canvas.tint("planet", canvas.palette.accent)
    light = canvas.palette.light
    body = np.stack(
        [
            (p + band * (q - p)) * lit * 1.25 + lit**6 * e * 0.25
            for p, q, e in zip(a, b, light, strict=True)
        ]
    ).astype(np.float32)
    rim = np.exp(-np.abs(r - 1) * np.float32(9)) * np.clip(lit + (r > 1) * 0.25, 0, 1)
    canvas.shine(rim * np.float32(0.4), mix(b, light, 0.5), rows, cols)
    ring_r: Plane = np.hypot(u, v * np.float32(3.6)).astype(np.float32)
    grooves = np.sin(ring_r * np.float32(46)) * 0.22 + np.sin(ring_r * np.float32(17)) * 0.2 + 0.55
    ring = smoothstep(1.32, 1.38, ring_r) * (1 - smoothstep(2.05, 2.15, ring_r)) * grooves
    canvas.over(ring.astype(np.float32) * np.float32(0.8) * (v < 0), mix(a, light, 0.6), rows, cols)
    canvas.over(canvas.cover((r - 1) * np.float32(radius)), np.clip(body, 0, 1), rows, cols)
    front = ring.astype(np.float32) * (v >= 0)
    canvas.over(front * np.float32(0.9), mix(a, light, 0.6), rows, cols)


def clouds(canvas: Canvas, cover: float) -> None:
    """Drift clouds over the sky. `cover` is 0 (wisps) to 1 (overcast)."""
    rows = canvas.horizon
    n = canvas.noise("clouds", (2.4, 6.5), rows=rows)
    shift = max(1, int(canvas.short * 0.022))
    above = np.concatenate([n[:1].repeat(shift, axis=0), n[:-shift]], axis=0)
    density = smoothstep(0.75 - cover, 1.55 - cover, n + np.float32(0.25))
    y = np.arange(rows, dtype=np.float32)[:, None] / np.float32(rows)
    density *= smoothstep(-0.2, 0.25, y) * (1 - smoothstep(0.82, 1.05, y))
    x = np.arange(canvas.width, dtype=np.float32)[None, :]
    near = np.exp(-np.abs(x - np.float32(canvas.sun[0])) / np.float32(canvas.short * 0.6))
    lit = np.clip(0.42 + (n - above) * np.float32(0.9) + near * 0.22 - density * 0.18, 0, 1)
    p = canvas.palette
    dark = mix(p.sky, p.far, 0.6) if not canvas.is_dark else mix(p.zenith, p.sky, 0.7)
    bright = mix(p.light, p.horizon, 0.35) if not canvas.is_dark else mix(p.sky, p.horizon, 0.6)
    dark, bright = canvas.tint("clouds", dark), canvas.tint("clouds", bright)
    colour = np.stack([a + lit * np.float32(b - a) for a, b in zip(dark, bright, strict=True)])
    canvas.over(density * np.float32(0.86), colour.astype(np.float32), slice(0, rows))


def birds(canvas: Canvas) -> None:
    """Draw a small flock far off."""
    rng, s = canvas.rng("birds"), canvas.short
    cx, cy = canvas.width * rng.uniform(0.35, 0.65), canvas.horizon * rng.uniform(0.3, 0.5)
    for _ in range(int(rng.integers(7, 13))):
        span = s * rng.uniform(0.012, 0.03)
        x0, y0 = cx + rng.normal(0, s * 0.15), cy + rng.normal(0, s * 0.07)
        rows, cols, x, y = canvas.window(x0, y0, span * 1.5)
        wing = np.abs(x) / np.float32(span)
        line = y + np.float32(span * 0.5) * np.sin(np.minimum(wing, 1) * np.float32(2.4))
        thick = np.float32(span * 0.11) * (1 - wing * np.float32(0.75))
        stroke: Plane = (np.abs(line) - thick).astype(np.float32)
        mask = canvas.cover(stroke) * (wing < 1)
        canvas.over(mask, canvas.tint("birds", canvas.palette.near), rows, cols)


def rain(canvas: Canvas) -> None:
    """Streak the picture with fine slanted rain."""
    w, h = canvas.width, canvas.height
    drops = fine(canvas, "rain", (420, 9))
    lean = (np.arange(h) * 0.12).astype(np.int64)[:, None]
    drops = drops[np.arange(h)[:, None], (np.arange(w)[None, :] + lean) % w]
    canvas.shine(smoothstep(0.9, 2.2, drops) * np.float32(0.30), canvas.palette.light)


def fine(canvas: Canvas, name: str, cells: tuple[int, int]) -> Plane:
    """Return one octave of noise, `cells` per short side."""
    k = canvas.short
    shape = (int(cells[1] * canvas.height / k) + 2, int(cells[0] * canvas.width / k) + 2)
    grid = canvas.rng(name).standard_normal(shape, dtype=np.float32)
    return resize(grid, canvas.width, canvas.height)


def snow(canvas: Canvas) -> None:
    """Let flakes fall, near ones large and blurred."""
    rng, s = canvas.rng("snow"), canvas.short
    count = int(300 * canvas.width * canvas.height / s**2)
    for x, y, z in zip(
        rng.uniform(0, canvas.width, count),
        rng.uniform(0, canvas.height, count),
        rng.uniform(0, 1, count) ** 3,
        strict=True,
    ):
        radius = s * (0.0012 + 0.006 * z) + canvas.soft * 0.2
        rows, cols, dx, dy = canvas.window(x, y, radius * 2.5)
        flake = np.exp(-(dx * dx + dy * dy) / np.float32(radius * radius))
        canvas.shine(flake * np.float32(0.85 - 0.45 * z), WHITE, rows, cols)


def mist(canvas: Canvas, amount: float) -> None:
    """Let mist lie around the horizon."""
    h = canvas.height
    n = canvas.noise("mist", (1.6, 5), scale=4)
    y = (np.arange(h, dtype=np.float32)[:, None] - np.float32(canvas.horizon * 1.04)) / np.float32(
        h
    )
    layer = np.exp(-np.square(y * np.float32(6.5))) * np.clip(0.62 + n * np.float32(0.5), 0, 1)
    colour = mix(canvas.palette.horizon, canvas.palette.far, 0.25)
    canvas.over(layer * np.float32(amount), colour)
