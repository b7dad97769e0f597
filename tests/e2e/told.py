"""What a page says in another language than English, and what does not fit there."""

from __future__ import annotations

import re

from playwright.async_api import Page

from backend.catalogue.load import load_catalogue
from backend.providers import PROVIDERS
from tests.made_up import MARKS
from ui.language.languages import LANGUAGES

DATA = [
    *(re.escape(word) for m in load_catalogue().values() for word in (m.id, m.label)),
    *(re.escape(p.platform.label) for p in PROVIDERS.values()),
    *(re.escape(p.platform.key_example) for p in PROVIDERS.values() if p.platform.key_example),
    r"FLUX\.1(-| )schnell",
    "Sentry Block",
    "Playground",
    *(re.escape(language.name) for language in LANGUAGES.values()),
    "cURL|Python|JavaScript|PNG|JPEG|WebP|JSON|HTML|CSV|ZIP|ComfyUI|AUTOMATIC1111|NovelAI",
    r"[kMG]B\b|US\$",
    r"https?://\S+|[\w.-]+/[\w.*+-]+(, [\w.-]+/[\w.*+-]+)*",
    r"\b[0-9a-f]{8,32}\b",
    r"(Engineer|Expert) \d|curl … --header '.*?'",  # a platform's tiers; a command
    r"num_steps|openapi.json|GET|POST|null|__name__|\.txt",
    r"\{prompt\}",  # in a style, in whatever language
]
"""What is the same in every language, as patterns: names, units, addresses, media types, ids."""

_KNOWN = re.compile("|".join(DATA))
_WORD = re.compile(r"[A-Za-z]{2,}")

_TEXTS = """() => {
  const found = [document.title];
  const said = ["label", "description", "roledescription", "valuetext"].map((n) => `aria-${n}`);
  said.push("title", "placeholder", "alt");
  const skipped = `script, style, noscript, template, code, pre, kbd, [lang]:not(html),
    [id^="model-"] > a, a[href^="#model-"],
    .address, #desk .code`; // where the room is found
  for (const e of document.body.querySelectorAll("*")) {
    const seen = e.closest("select") ?? e;
    if (e.closest(skipped) || !seen.checkVisibility({ visibilityProperty: true })) continue;
    for (const name of said) if (e.getAttribute(name)) found.push(e.getAttribute(name));
    for (const node of e.childNodes) if (node.nodeType === 3) found.push(node.data);
    for (const part of ["::before", "::after", "::placeholder"]) {
      const { content } = getComputedStyle(e, part);
      if (content.startsWith('"')) found.push(content);
    }
  }
  return found;
}"""

_FAULTS = """(mark) => {
  const found = [], alone = (e) => getComputedStyle(e).clipPath === "inset(50%)";
  const heard = (e) => e !== null && (alone(e) || heard(e.parentElement)); // and not seen
  const { clientWidth, scrollWidth } = document.documentElement;
  if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} px wide`);
  for (const e of document.body.querySelectorAll("*")) {
    if (!e.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (!e.textContent.includes(mark) || heard(e)) continue;
    const style = getComputedStyle(e), name = e.outerHTML.slice(0, 160);
    const inline = style.display.startsWith("inline") && style.display === "inline";
    if (inline || e.tagName === "OPTION") continue;
    const hidden = (value) => ["hidden", "clip"].includes(value);
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    const wide = e.scrollWidth > e.clientWidth + 1;
    if (wide && (hidden(style.overflowX) || (own && style.overflowX === "visible")))
      found.push(`cut: ${e.scrollWidth} > ${e.clientWidth}: ${name}`);
    if (hidden(style.overflowY) && own && e.scrollHeight > e.clientHeight + 2)
      found.push(`cut below: ${e.scrollHeight} > ${e.clientHeight}: ${name}`);
  }
  return found;
}"""

_PLACEHOLDERS = """() => {
  const found = [], brush = document.createElement("canvas").getContext("2d");
  const data = "#experiment-title, #session-menu"; // a title made of a prompt; what stands below it
  for (const e of document.querySelectorAll(`input:placeholder-shown:not(${data})`)) {
    if (!e.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const style = getComputedStyle(e);
    brush.font = style.font;
    const room = e.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const width = brush.measureText(e.placeholder).width;
    if (width > room + 1) found.push(`cut: ${width} > ${room}: ${e.placeholder}`);
  }
  return found;
}"""


async def untold(page: Page) -> list[str]:
    """Return what the page says in Latin letters without accents that is no known data."""
    texts: list[str] = await page.evaluate(_TEXTS)
    some = dict.fromkeys(" ".join(text.split()) for text in texts)
    return [f"not told: {text[:160]}" for text in some if _WORD.search(_KNOWN.sub("", text))]


async def cut(page: Page, mark: str = MARKS[0]) -> list[str]:
    """Return what of the page's own words, which have this mark, does not fit where it stands."""
    return list(dict.fromkeys(await page.evaluate(_FAULTS, mark)))


async def cut_placeholders(page: Page) -> list[str]:
    """Return the words in empty fields that do not fit there."""
    found: list[str] = await page.evaluate(_PLACEHOLDERS)
    return found
