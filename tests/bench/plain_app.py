"""The peer: what one writes in twenty lines of Gradio and Pillow. Run: plain_app.py PORT API_URL"""

from __future__ import annotations

import base64
import io
import os
import sys

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr
import httpx
from PIL import Image


def generate(prompt: str, images: list[Image.Image]) -> tuple[list[Image.Image], list[Image.Image]]:
    answer = httpx.post(f"{sys.argv[2]}/images/generation", json={"prompt": prompt}, timeout=60)
    data = base64.b64decode(answer.json()["data"][0]["b64_json"])
    images = [Image.open(io.BytesIO(data)), *images]
    return images, images


with gr.Blocks() as demo:
    history = gr.State([])
    prompt = gr.Textbox(label="Prompt", elem_id="prompt")
    button = gr.Button("Generate", elem_id="generate")
    gallery = gr.Gallery(elem_id="results")
    button.click(generate, [prompt, history], [gallery, history])

demo.launch(server_port=int(sys.argv[1]), quiet=True)
