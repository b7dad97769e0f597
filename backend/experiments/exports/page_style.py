"""The head of an experiment's page: its policy, which allows this one style, and the style."""

from __future__ import annotations

import base64
import hashlib

from backend.exchange.sheets import Reader

CELL_LEAST_PX, CELL_MOST_PX = 120, 384


def head(title: str, reader: Reader, columns: int, side_px: int, shape: tuple[int, int]) -> str:
    """Return the file's beginning; `title` is escaped, images have at most `side_px` a side.

    What stands in place of an image has its `shape`: width to height.
    """
    shown, (width, height) = min(CELL_MOST_PX, side_px), shape
    own = f"--columns: {columns}; --most: {shown}px; --shape: {width} / {height};"
    style = f":root {{ {own} }}{_STYLE}"
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'"
    return (
        f'<!doctype html>\n<html lang="{reader.tag}" dir="{reader.direction}">\n<head>\n'
        '<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}; form-action \'none\'">\n'
        '<meta name="generator" content="Sentry Block Playground">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    )


_STYLE = """
:root { color-scheme: light dark; --ground: #f6f7f9; --surface: #fff; --line: #e1e4eb; \
--text: #1b2130; --muted: #566074; --empty: #eef0f5; --bad: #fdeaea; --bad-text: #9c1c1c; \
--warn: #fff4d6; --warn-text: #6e4a00; --link: #3c4fc4; }
@media (prefers-color-scheme: dark) { :root { --ground: #12151c; --surface: #1a1e28; \
--line: #2b3140; --text: #e8ebf2; --muted: #a5aec0; --empty: #262c3a; --bad: #42201f; \
--bad-text: #ffb4ac; --warn: #3d3115; --warn-text: #f3d38a; --link: #a5b4fc; } }
* { box-sizing: border-box; margin: 0; }
body { padding: clamp(12px, 2vw, 28px); background: var(--ground); color: var(--text); \
font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
header, nav, section { margin-block-end: 24px; }
h1 { font-size: 22px; line-height: 1.25; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin-block-end: 8px; font-size: 15px; overflow-wrap: anywhere; }
header > p, footer, .note, .label { color: var(--muted); }
p, li { overflow-wrap: anywhere; }
a { color: var(--link); }
.same { max-inline-size: 900px; margin-block-start: 14px; padding: 12px 16px; \
border: 1px solid var(--line); border-radius: 12px; background: var(--surface); }
.same h2 { margin-block-end: 4px; font-size: 13px; font-weight: 500; color: var(--muted); }
.prompt { font-weight: 550; white-space: pre-wrap; }
.label { margin-block-start: 6px; font-size: 12px; }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 16px; padding: 0; list-style: none; }
nav h2 { margin: 0; }
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: baseline; }
nav a { display: inline-block; padding-block: 4px; }
.cells { max-inline-size: 100%; inline-size: fit-content; max-block-size: 94vh; overflow: auto; \
border: 1px solid var(--line); border-radius: 12px; background: var(--surface); }
table { border-collapse: separate; border-spacing: 0; }
.cells :is(th, td) { padding: 6px; vertical-align: top; text-align: start; }
th { font-weight: 600; line-height: 1.35; }
th bdi { display: block; max-inline-size: 240px; overflow-wrap: break-word; \
text-align: -webkit-match-parent; text-align: match-parent; }
th small { display: block; font-size: 12px; font-weight: 400; color: var(--muted); }
h2 small { font-size: inherit; font-weight: 400; color: var(--muted); }
.cells th { min-inline-size: 96px; background: var(--surface); }
.cells thead bdi { max-inline-size: max(120px, var(--most)); }
.cells thead :is(th, td) { position: sticky; inset-block-start: 0; z-index: 2; \
border-block-end: 1px solid var(--line); background: var(--surface); }
.cells tbody th { position: sticky; inset-inline-start: 0; z-index: 1; \
border-inline-end: 1px solid var(--line); }
.cells thead td { inset-inline-start: 0; z-index: 3; }
figure, .cells td > .none { inline-size: \
clamp(120px, calc((100vw - 240px) / var(--columns) - 12px), max(120px, var(--most))); }
figure + figure { margin-block-start: 12px; }
img { display: block; inline-size: 100%; block-size: auto; border-radius: 8px; \
background: var(--empty); }
.none { display: grid; gap: 4px; align-content: center; justify-items: center; \
aspect-ratio: var(--shape); padding: 8px; border-radius: 8px; background: var(--empty); \
color: var(--muted); text-align: center; overflow-wrap: anywhere; }
.none b { font-weight: 500; }
.failed { background: var(--bad); color: var(--bad-text); }
.unknown { background: var(--warn); color: var(--warn-text); }
figcaption { padding-block-start: 4px; font-size: 12.5px; color: var(--muted); \
font-variant-numeric: tabular-nums; }
details { font-size: 12.5px; }
details p { margin-block: 2px 6px; }
summary { padding-block: 3px; color: var(--muted); cursor: pointer; }
details[open] { padding-block-end: 4px; }
.means { margin-block-end: 14px; }
.means :is(th, td) { padding-block: 4px; padding-inline: 0 18px; \
border-block-end: 1px solid var(--line); text-align: start; vertical-align: top; \
font-variant-numeric: tabular-nums; }
.means thead th { font-size: 12.5px; font-weight: 500; color: var(--muted); }
.means bdi { max-inline-size: 420px; }
.prompts { padding-inline-start: 28px; max-inline-size: 900px; }
.prompts li { margin-block-end: 10px; }
.prompts li:target { background: var(--warn); color: var(--warn-text); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
@media (max-width: 700px) {
  .cells th { min-inline-size: 64px; }
  .cells tbody th bdi { max-inline-size: 104px; }
  .means bdi { max-inline-size: 160px; }
  summary, nav a { min-inline-size: 44px; min-block-size: 44px; padding-block: 12px; }
}
@media print {
  @page { margin: 10mm; size: landscape; }
  :root { color-scheme: light; --ground: #fff; --surface: #fff; --line: #ccc; --text: #000; \
--muted: #444; --empty: #eee; --bad: #fdeaea; --bad-text: #9c1c1c; --warn: #fff4d6; \
--warn-text: #6e4a00; --link: #000; }
  body { padding: 0; font-size: 9pt; print-color-adjust: exact; }
  .cells { max-block-size: none; overflow: visible; inline-size: auto; border: 0; }
  .cells table { table-layout: fixed; inline-size: 100%; }
  .cells :is(th, td) { position: static; min-inline-size: 0; padding: 1.5mm; }
  figure, .cells td > .none { inline-size: auto; max-inline-size: 384px; }
  tr, figure { break-inside: avoid; }
  nav { display: none; }
  summary { display: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
"""
