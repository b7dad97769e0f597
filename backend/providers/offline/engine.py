"""The sample engine: `render()`, a pure function from a request's parameters to pixels.

A compositional pattern-producing network, its weights made of the prompt's words and the seed,
shapes light and texture; the words it knows are painted over it. It is no AI model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from backend.providers.offline import scene
from backend.providers.offline.canvas import (
    Canvas,
    Plane,
    generator,
    luma,
    mix,
    resize,
    smoothstep,
)
from backend.providers.offline.words import (
    COLOUR_OF,
    FEATURES_OF,
    MOOD_OF,
    PALETTES,
    Palette,
    Plan,
    Rgb,
    read,
)

_NODES, _INPUTS, _LISTENS_TO = 22, 6, 4
_GRID = 320
_FINE_GRID = 1024
"""Points per long side that the network runs on: coarse under a scene, fine where it is seen."""

_ACTIVATIONS: tuple[Callable[[Plane], Plane], ...] = (
    np.sin,
    np.tanh,
    lambda v: np.asarray(np.exp(-v * v), dtype=np.float32),
    np.cos,
    lambda v: np.asarray(np.abs(v) - 1, dtype=np.float32),
    lambda v: np.asarray(v * 0.6, dtype=np.float32),
)


def render(
    prompt: str,
    negative_prompt: str | None,
    width: int,
    height: int,
    num_steps: int,
    guidance_scale: float,
    seed: int,
    model: str = "",
) -> NDArray[np.uint8]:
    """Return a picture, (height, width, 3): the same arguments give the same pixels.

    Sizes are in px (from 16), `num_steps` from 1 refines detail, `guidance_scale` from 0 moves
    from the abstract to the literal and raises contrast, `seed` (any integer) varies composition.
    """
    plan = read(prompt, negative_prompt, seed % 2**32)
    adherence = float(1 - np.exp(-max(0.0, guidance_scale) / 3.5))
    detail = float(min(1.0, np.log(max(1, num_steps)) / np.log(30)))
    palette = _tinted(PALETTES[plan.mood], plan)
    literal = min(1.0, adherence * 1.75) if plan.is_scene else 0.0
    points = _GRID if literal == 1 else _FINE_GRID
    fields = network(plan, width, height, seed, adherence, points * (0.3 + 0.7 * detail**0.5))
    silk = _silk(fields, palette, width, height, detail)
    unknown = [w for w in plan.words if not (w in FEATURES_OF or w in MOOD_OF or w in COLOUR_OF)]
    canvas = scene.layout(plan, palette, (width, height), f"{seed}/{' '.join(unknown)}", detail)
    if plan.is_scene:
        scene.compose(canvas, fields[0], silk)
        if literal < 1:
            # Low guidance lets the free network through in patches, not as a veil.
            patches = resize(fields[2], width, height) * np.float32(0.35)
            keep = smoothstep(0.25, 0.75, patches + np.float32(literal))
            for plane, free in zip(canvas.planes, silk, strict=True):
                plane[:] = free + keep * (plane - free)
    else:
        canvas.planes[:] = silk
    return _finish(canvas, adherence, model)


def to_png(pixels: NDArray[np.uint8]) -> bytes:
    """Return the pixels as a PNG file without metadata; fast rather than small."""
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def network(
    plan: Plan, width: int, height: int, seed: int, adherence: float, points: float
) -> NDArray[np.float32]:
    """Return three fields of about -1..1 on a grid of `points` along the long side.

    Each word adds its own weights, each word of the negative prompt takes its weights away. A node
    listens to its strongest inputs only, so that words change the wiring, not just the strength.
    No matrix product: its last bits may depend on the number of threads.
    """
    shape = (3, _NODES, _INPUTS + _NODES)
    weights = generator("seed", seed).standard_normal(shape)
    for words, sign in ((plan.words, 1.0), (plan.without, -0.6)):
        for word in words:
            share = sign * (0.8 + 0.4 * adherence) / np.sqrt(len(words))
            weights += share * generator("word", word).standard_normal(shape)
    # However many words there are and however they are stressed, the cloth keeps its calm.
    weights /= np.sqrt(np.mean(np.square(weights)))
    scale = min(points, max(width, height)) / max(width, height)
    w, h = max(8, round(width * scale)), max(8, round(height * scale))
    span = 1.15 / min(width, height)
    x, y = np.meshgrid(
        np.linspace(-width * span, width * span, w, dtype=np.float32),
        np.linspace(-height * span, height * span, h, dtype=np.float32),
    )
    r = np.hypot(x, y)
    values: list[Plane] = [x, y, r, np.sin(x * 2), np.cos(y * 2), np.ones_like(x)]
    for node in range(_NODES):
        strength = np.abs(weights[0, node, : len(values)])
        total = np.zeros_like(x)
        for source in np.argsort(-strength, kind="stable")[:_LISTENS_TO]:
            total += values[int(source)] * np.float32(weights[0, node, source] * 0.56)
        activation = _ACTIVATIONS[int(abs(weights[1, node, 0]) * 997) % len(_ACTIVATIONS)]
        values.append(activation(total))
    return np.stack([np.tanh(values[-1 - k] + values[-4 - k] * np.float32(0.6)) for k in range(3)])


def _ramp(palette: Palette) -> NDArray[np.float32]:
    """Return 256 colours from the palette's darkest to its lightest, (3, 256)."""
    stops = sorted(palette.colours, key=luma)
    at = np.linspace(0, 1, len(stops))
    grid = np.linspace(0, 1, 256)
    return np.stack([np.interp(grid, at, [c[i] for c in stops]) for i in range(3)]).astype(
        np.float32
    )


def _silk(
    fields: NDArray[np.float32], palette: Palette, width: int, height: int, detail: float
) -> NDArray[np.float32]:
    """Return the network as folded, softly lit cloth in the palette's colours, (3, h, w)."""
    a, b, c = (resize(f, width, height) for f in fields)
    fold = a * np.float32(1.5) + b * np.float32(1.0)
    relief = np.sin(fold * np.float32(1.7)) + np.float32(0.30 * detail) * np.sin(
        fold * np.float32(4) + c * np.float32(2)
    )
    unit = np.float32(min(width, height) / 14)
    gy, gx = np.gradient(relief)
    gx, gy = gx * unit, gy * unit
    norm = 1 / np.sqrt(1 + gx * gx + gy * gy)
    light = (gx * np.float32(-0.5) + gy * np.float32(-0.55) + np.float32(0.67)) * norm
    tone = np.float32(0.46) + relief * np.float32(0.16) + c * np.float32(0.26)
    tone += (light - np.float32(0.5)) * np.float32(0.34)
    index = np.clip(tone * 255, 0, 255).astype(np.uint8)
    out = _ramp(palette)[:, index]
    shine = np.clip(light, 0, 1) ** 14 * np.float32(0.30)
    accent = smoothstep(0.25, 0.95, b) * np.float32(0.35)
    for plane, hue, white in zip(out, palette.accent, palette.light, strict=True):
        plane += accent * (np.float32(hue) * np.clip(light, 0.25, 1) - plane)
        plane += shine * (np.float32(white) - plane)
    return out


def _tinted(palette: Palette, plan: Plan) -> Palette:
    """Return the palette dyed in the prompt's free colours: hue changes, light and dark stay."""
    dyes = plan.tints.get("")
    if not dyes:
        return palette
    colours = [
        mix(colour, _dye(colour, dyes[i % len(dyes)]), 0.78)
        for i, colour in enumerate(palette.colours)
    ]
    return replace(Palette(*colours), accent=dyes[-1])


def _dye(colour: Rgb, dye: Rgb) -> Rgb:
    light, own = luma(colour) * 0.82, luma(dye)
    if light <= own:
        return mix((0.01, 0.01, 0.015), dye, light / max(own, 0.01))
    # Not all the way to white: the lightest parts keep the colour that was asked for.
    return mix(dye, (1.0, 0.99, 0.97), 0.62 * (light - own) / max(1 - own, 0.01))


def _finish(canvas: Canvas, adherence: float, model: str) -> NDArray[np.uint8]:
    """Grade as film does: blur of early steps, contrast, vignette, then grain against banding."""
    h, w = canvas.height, canvas.width
    planes = canvas.planes
    if canvas.detail < 0.35:
        k = 1 + 5 * (1 - canvas.detail / 0.35)
        small = (max(8, int(w / k)), max(8, int(h / k)))
        planes = np.stack([resize(resize(p, *small), w, h) for p in planes])
    y = (np.arange(h, dtype=np.float32)[:, None] / np.float32(h) - np.float32(0.5)) ** 2
    x = (np.arange(w, dtype=np.float32)[None, :] / np.float32(w) - np.float32(0.5)) ** 2
    vignette = 1 - (x + y) * np.float32(0.34)
    contrast = np.float32(0.72 + 0.54 * adherence)
    # The model's name sets the finish only: how warm and how grainy.
    taste = generator("finish", model)
    warm, strength = taste.uniform(-0.012, 0.012), taste.uniform(0.9, 1.6) / 255
    grain = generator(canvas.key, "grain").standard_normal((h, w), dtype=np.float32)
    grain *= np.float32(strength)
    graded = np.empty((h, w, 3), dtype=np.uint8)
    for colour in canvas.plan.removed:
        _remove(planes, colour)
    for i, plane in enumerate(planes):
        v = (plane - np.float32(0.45)) * contrast + np.float32(0.45)
        v = np.clip(v * vignette + np.float32((warm, 0.0, -warm)[i]) + grain, 0, 1)
        graded[..., i] = (v * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    return graded


def _remove(planes: NDArray[np.float32], colour: Rgb) -> None:
    """Take one hue out of the picture, keeping its light."""
    grey = sum(colour) / 3
    hue = np.array([c - grey for c in colour], dtype=np.float32)
    length = float(np.sqrt(np.sum(hue * hue)))
    if length < 0.05:
        return
    hue /= np.float32(length)
    mean = (planes[0] + planes[1] + planes[2]) / np.float32(3)
    amount = sum((plane - mean) * k for plane, k in zip(planes, hue, strict=True))
    amount = np.maximum(amount, 0)
    for plane, k in zip(planes, hue, strict=True):
        plane -= amount * k
