"""The tables of the languages, out of what the code says: `python -m ui.language.tables`.

Finds the templates in Python, scripts, pages (Babel) and our TOML, adds those that are new to each
language's table, empty, and takes out those that are gone. What people have filled in stays.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from ui.language.files import path_of
from ui.language.languages import ENGLISH, LANGUAGES
from ui.language.table import read
from ui.language.tomls import in_toml

_ROOT = Path(__file__).parents[2]
_METHODS: list[tuple[str, Any]] = [
    ("backend/**.py", "python"),
    ("backend/catalogue/models.toml", in_toml),
    ("ui/**.py", "python"),
    ("ui/**/templates/**.html", "jinja2"),
    ("assets/**.js", "javascript"),
    ("assets/examples.toml", in_toml),
    ("assets/examples/recipes.toml", in_toml),
]
_HEAD = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plural}\\n"

"""
"""All that a reader of the file needs: who changed it, and when, is told elsewhere."""

_KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "msg": None,
    "msg_n": (1, 2),
    "msgN": (1, 2),
    "msgParts": None,
}


def in_code() -> Catalog:
    """Return the templates that the code has, in the order of its files."""
    found = Catalog(header_comment="", charset="utf-8")
    for folder in ("assets", "backend", "ui"):
        for file, _line, template, comments, context in extract_from_dir(
            _ROOT / folder,
            [(p.removeprefix(f"{folder}/"), m) for p, m in _METHODS if p.startswith(f"{folder}/")],
            keywords=_KEYWORDS,
            comment_tags=("Translators:",),
        ):
            path = f"{folder}/{Path(file).as_posix()}"
            found.add(template, locations=[(path, 0)], auto_comments=comments, context=context)
    return found


def updated(table: Catalog, templates: Catalog) -> bytes:
    """Return a table as a file, with all of `templates` and nothing else."""
    table.update(templates, no_fuzzy_matching=True)
    table.obsolete.clear()
    written = BytesIO()
    write_po(written, table, omit_header=True, ignore_obsolete=True, width=100)
    return (
        _HEAD.format(language=table.locale, plural=table.plural_forms).encode() + written.getvalue()
    )


def main() -> None:
    templates = in_code()
    for tag in LANGUAGES.keys() - {ENGLISH.tag}:
        path_of(tag).write_bytes(updated(read(tag), templates))


if __name__ == "__main__":
    main()
