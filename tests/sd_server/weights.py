"""Writes weights that make pictures without having learnt anything: a gigabyte, 11 MB on the disk.

    python -m tests.sd_server.weights FILE.safetensors

All tensors that stable-diffusion.cpp looks for in a "SD1 tiny UNet", of their shapes; all zeros,
which the file does not hold; only the decoder's convolutions are random, so that the noise that a
picture begins with, and with it the seed, is to be seen. The same bytes each time.
"""

from __future__ import annotations

import json
import math
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np

Shapes = dict[str, tuple[int, ...]]

TEXT_WIDTH = 768
LATENT, RGB = 4, 3
UNET_WIDTHS = (320, 640, 1280)
VAE_WIDTHS = (128, 256, 512, 512)


class Model:
    """The shapes of a model's tensors, by their names."""

    def __init__(self) -> None:
        self.shapes: Shapes = {}

    def norm(self, name: str, width: int) -> None:
        self.shapes |= {f"{name}.weight": (width,), f"{name}.bias": (width,)}

    def linear(self, name: str, into: int, out: int, *, bias: bool = True) -> None:
        self.shapes[f"{name}.weight"] = (out, into)
        if bias:
            self.shapes[f"{name}.bias"] = (out,)

    def conv(self, name: str, into: int, out: int, size: int = 3) -> None:
        self.shapes |= {f"{name}.weight": (out, into, size, size), f"{name}.bias": (out,)}


class Unet(Model):
    """What takes the noise away; here it takes none."""

    def __init__(self) -> None:
        super().__init__()
        first, last = UNET_WIDTHS[0], UNET_WIDTHS[-1]
        self.time = 4 * first
        self.linear(self.at("time_embed.0"), first, self.time)
        self.linear(self.at("time_embed.2"), self.time, self.time)
        self.conv(self.at("input_blocks.0.0"), LATENT, first)
        kept = self._down(first)
        self._up(last, kept)
        self.norm(self.at("out.0"), first)
        self.conv(self.at("out.2"), first, LATENT)

    def at(self, name: str) -> str:
        return f"model.diffusion_model.{name}"

    def _down(self, width: int) -> list[int]:
        kept, block = [width], 0
        for level, wide in enumerate(UNET_WIDTHS):
            block += 1
            self._residual(self.at(f"input_blocks.{block}.0"), width, wide)
            self._attention(self.at(f"input_blocks.{block}.1"), wide)
            width = wide
            kept.append(width)
            block += 1
            if level < len(UNET_WIDTHS) - 1:
                block += 1  # the tiny one leaves a block out, and its number stays free
                self.conv(self.at(f"input_blocks.{block}.0.op"), width, width)
                kept.append(width)
        return kept

    def _up(self, width: int, kept: list[int]) -> None:
        block = 0
        for level, wide in reversed(list(enumerate(UNET_WIDTHS))):
            for last in (False, True):
                self._residual(self.at(f"output_blocks.{block}.0"), width + kept.pop(), wide)
                self._attention(self.at(f"output_blocks.{block}.1"), wide)
                width = wide
                if level and last:
                    block += 1
                    place = 1 if block == 2 else 2
                    self.conv(self.at(f"output_blocks.{block}.{place}.conv"), width, width)
                block += 1

    def _residual(self, name: str, into: int, out: int) -> None:
        self.norm(f"{name}.in_layers.0", into)
        self.conv(f"{name}.in_layers.2", into, out)
        self.linear(f"{name}.emb_layers.1", self.time, out)
        self.norm(f"{name}.out_layers.0", out)
        self.conv(f"{name}.out_layers.3", out, out)
        if into != out:
            self.conv(f"{name}.skip_connection", into, out, 1)

    def _attention(self, name: str, width: int) -> None:
        self.norm(f"{name}.norm", width)
        self.conv(f"{name}.proj_in", width, width, 1)
        block = f"{name}.transformer_blocks.0"
        for attention, context in (("attn1", width), ("attn2", TEXT_WIDTH)):
            self.linear(f"{block}.{attention}.to_q", width, width, bias=False)
            self.linear(f"{block}.{attention}.to_k", context, width, bias=False)
            self.linear(f"{block}.{attention}.to_v", context, width, bias=False)
            self.linear(f"{block}.{attention}.to_out.0", width, width)
        self.linear(f"{block}.ff.net.0.proj", width, 8 * width)
        self.linear(f"{block}.ff.net.2", 4 * width, width)
        for number in (1, 2, 3):
            self.norm(f"{block}.norm{number}", width)
        self.conv(f"{name}.proj_out", width, width, 1)


class TextEncoder(Model):
    """What reads the prompt; here it reads nothing out of it."""

    def __init__(self) -> None:
        super().__init__()
        top = "cond_stage_model.transformer.text_model"
        self.shapes[f"{top}.embeddings.token_embedding.weight"] = (49_408, TEXT_WIDTH)
        self.shapes[f"{top}.embeddings.position_embedding.weight"] = (77, TEXT_WIDTH)
        for layer in range(12):
            name = f"{top}.encoder.layers.{layer}"
            for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
                self.linear(f"{name}.self_attn.{part}", TEXT_WIDTH, TEXT_WIDTH)
            self.norm(f"{name}.layer_norm1", TEXT_WIDTH)
            self.norm(f"{name}.layer_norm2", TEXT_WIDTH)
            self.linear(f"{name}.mlp.fc1", TEXT_WIDTH, 4 * TEXT_WIDTH)
            self.linear(f"{name}.mlp.fc2", 4 * TEXT_WIDTH, TEXT_WIDTH)
        self.norm(f"{top}.final_layer_norm", TEXT_WIDTH)


class Vae(Model):
    """What turns noise into pixels, and pixels into noise."""

    def __init__(self) -> None:
        super().__init__()
        top, first, last = "first_stage_model", VAE_WIDTHS[0], VAE_WIDTHS[-1]
        encoder, self.decoder = f"{top}.encoder", f"{top}.decoder"
        self.conv(f"{encoder}.conv_in", RGB, first)
        width = first
        for level, wide in enumerate(VAE_WIDTHS):
            width = self._residuals(f"{encoder}.down.{level}.block", 2, width, wide)
            if level < len(VAE_WIDTHS) - 1:
                self.conv(f"{encoder}.down.{level}.downsample.conv", width, width)
        self._middle(f"{encoder}.mid", last)
        self.norm(f"{encoder}.norm_out", last)
        self.conv(f"{encoder}.conv_out", last, 2 * LATENT)
        self.conv(f"{self.decoder}.conv_in", LATENT, last)
        self._middle(f"{self.decoder}.mid", last)
        for level, wide in reversed(list(enumerate(VAE_WIDTHS))):
            width = self._residuals(f"{self.decoder}.up.{level}.block", 3, width, wide)
            if level:
                self.conv(f"{self.decoder}.up.{level}.upsample.conv", width, width)
        self.norm(f"{self.decoder}.norm_out", first)
        self.conv(f"{self.decoder}.conv_out", first, RGB)
        self.conv(f"{top}.quant_conv", 2 * LATENT, 2 * LATENT, 1)
        self.conv(f"{top}.post_quant_conv", LATENT, LATENT, 1)

    def _residuals(self, name: str, count: int, into: int, out: int) -> int:
        for number in range(count):
            self._residual(f"{name}.{number}", into, out)
            into = out
        return out

    def _residual(self, name: str, into: int, out: int) -> None:
        self.norm(f"{name}.norm1", into)
        self.conv(f"{name}.conv1", into, out)
        self.norm(f"{name}.norm2", out)
        self.conv(f"{name}.conv2", out, out)
        if into != out:
            self.conv(f"{name}.nin_shortcut", into, out, 1)

    def _middle(self, name: str, width: int) -> None:
        self._residual(f"{name}.block_1", width, width)
        self.norm(f"{name}.attn_1.norm", width)
        for part in ("q", "k", "v", "proj_out"):
            self.conv(f"{name}.attn_1.{part}", width, width, 1)
        self._residual(f"{name}.block_2", width, width)


def seen(shapes: Shapes) -> dict[str, Any]:
    """Return what is not zero: a way for the noise through the decoder, as float16 arrays."""
    rng = np.random.default_rng(0)
    decoder = "first_stage_model.decoder."
    ends = {f"{decoder}conv_in.weight", f"{decoder}conv_out.weight"}
    values = {}
    for name, shape in shapes.items():
        through = name.startswith(decoder) and ("nin_shortcut" in name or "upsample" in name)
        if name.endswith(".weight") and (through or name in ends or "post_quant" in name):
            spread = 1 / math.sqrt(math.prod(shape[1:]))
            values[name] = (rng.standard_normal(shape) * spread).astype("<f2")
    values[f"{decoder}norm_out.weight"] = np.full(shapes[f"{decoder}norm_out.weight"], 0.3, "<f2")
    return values


def write(path: Path) -> None:
    """Write the file: a header in JSON, then the tensors, of which only `seen` takes room."""
    shapes = Unet().shapes | TextEncoder().shapes | Vae().shapes
    header, size = {}, 0
    for name, shape in shapes.items():
        end = size + 2 * math.prod(shape)
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [size, end]}
        size = end
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        start = file.tell()
        file.truncate(start + size)
        for name, value in seen(shapes).items():
            file.seek(start + header[name]["data_offsets"][0])
            file.write(value.tobytes())


if __name__ == "__main__":
    write(Path(sys.argv[1]))
