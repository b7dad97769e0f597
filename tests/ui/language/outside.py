"""Finds words for people that do not go through a language's table, in all that says something."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser

from tests.ui.language.scripts import script_tokens

SHOWN = {
    *("text", "title", "aria-label", "aria-description", "aria-roledescription", "placeholder"),
    *("alt", "aria-valuetext", "label", "hint", "summary", "caption"),
}
"""Attributes and properties that people read or hear: any word in them is one."""

_WORD = re.compile(r"[A-Za-z]{2,}")
_LABEL = re.compile(r"^[A-Z][a-z]+$")
_SENTENCE = re.compile(r"(^|\s)[A-Z][a-z']*([ ,]+[a-z\d\"'{]|[!?\N{HORIZONTAL ELLIPSIS}]|\.(\s|$))")
_CLAUSE = re.compile(r"[a-z]{2,}[,:;]? [a-z]{2,}[,:;]? [a-z]{2,}")


def reads_as_words(text: str, *, labels: bool) -> bool:
    """Whether a text looks like words for people: a sentence, three words; or one as a label."""
    if not (labels and _LABEL.match(text) and text not in KEYS):
        return bool(_SENTENCE.search(text) or _CLAUSE.search(text))
    return True


KEYS = {"Enter", "Escape", "Tab", "Shift", "Home", "End", "Delete", "Backspace", "Slash", "Control"}
"""What browsers call keys."""


# --- Python ----------------------------------------------------------------------------------


TELLS = {"msg", "msg_n"}
"""Templates are their arguments."""

NOBODY = {
    *("debug", "info", "warning", "error", "exception", "log", "say", "print"),
    *("ValueError", "TypeError", "RuntimeError", "AssertionError", "KeyError", "LookupError"),
    *("OSError", "NotImplementedError", "UnknownForm", "Malformed", "NewerDatabase"),
    *("SettingsError", "FolderInUse", "add_argument", "add_parser", "Step"),
    *("compile", "text", "Field", "Query"),
}
"""Calls whose words no visitor reads: the log, mistakes of ours, what stops a start and what a
command says in the terminal, SQL; and what the reference says of fields."""

REFERENCE = {"summary", "description", "response_description", "tags", "responses", "examples"}
"""What the reference says: in English, as its names are."""


def in_python(source: str, *, labels: bool) -> Iterator[tuple[int, str]]:
    """Yield (line, words) of texts in Python that are no template; with `labels`, single words."""
    yield from _Python(ast.parse(source), labels).found


class _Python(ast.NodeVisitor):
    def __init__(self, module: ast.Module, labels: bool) -> None:
        self.labels = labels
        self.found: list[tuple[int, str]] = []
        self.visit(module)

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # else a docstring
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        if name in TELLS:
            for keyword in node.keywords:
                self.visit(keyword.value)
        elif name not in NOBODY:
            self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg not in REFERENCE:
            self.visit(node.value)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            if not (isinstance(key, ast.Constant) and key.value in REFERENCE):
                self.visit(value)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._note(node.lineno, node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        fixed = [p.value if isinstance(p, ast.Constant) else "{}" for p in node.values]
        self._note(node.lineno, "".join(map(str, fixed)))
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    def _note(self, line: int, text: str) -> None:
        if "<" in text and re.search(r"</?[a-z]", text):
            self.found += [(line, words) for words in in_html(text)]
        elif reads_as_words(text, labels=self.labels):
            self.found.append((line, text))


# --- scripts ---------------------------------------------------------------------------------

_SAYS = {"msg", "msgN", "msgParts", "translated"}
_TELLING = {"announce", "toast"}
_NOBODY_THERE = {"Error", "TypeError", "querySelector", "querySelectorAll", "closest", "matches"}


def in_script(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, words) of literals in a script that are no template."""
    tokens = script_tokens(source)
    calls: list[str] = []
    for at, token in enumerate(tokens):
        if token.literal:
            before = [t.text for t in tokens[max(0, at - 2) : at]]
            if _is_outside(token.text, before, calls[-1] if calls else ""):
                yield token.line, token.text
        elif token.text in ("(", "{", "["):
            called = tokens[at - 1].text if at and token.text == "(" else ""
            calls.append(called)
        elif token.text in (")", "}", "]") and calls:
            calls.pop()


def _is_outside(text: str, before: list[str], call: str) -> bool:
    last = before[-1] if before else ""
    if last in ("from", "import") or call in _NOBODY_THERE:
        return False
    if call in _SAYS and last in ("(", ","):  # elsewhere within the call, no extractor finds it
        return False
    shown = len(before) == 2 and (
        (last == ":" and before[0] in SHOWN)
        or (last == "=" and before[0] in ("textContent", "title", "alt"))
    )
    if shown or call in _TELLING:
        return bool(_WORD.search(text))
    return reads_as_words(text, labels=True)


# --- pages and styles ------------------------------------------------------------------------


def in_template(source: str) -> Iterator[str]:
    """Yield words that stand in a Jinja template itself."""
    yield from in_html(re.sub(r"\{[{%#].*?[}%#]\}", "", source, flags=re.DOTALL))


def in_html(source: str) -> list[str]:
    """Return the words of HTML: texts, and attributes that are read."""
    reader = _Html()
    reader.feed(source)
    reader.close()
    return reader.found


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append(tag)
        for name, value in attrs:
            if name in SHOWN and value and _WORD.search(re.sub(r"\{\w*\}", "", value)):
                self.found.append(value)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self._open[-1:]):
            text = " ".join(re.sub(r"\{\w*\}", "", data).split())
            if _WORD.search(text):
                self.found.append(text)


def in_style(source: str) -> Iterator[str]:
    """Yield words that a stylesheet puts onto a page."""
    source = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    for text in re.findall(r'content:\s*"([^"]*)"', source):
        if _WORD.search(re.sub(r"\\[0-9a-f]{1,6} ?", "", text)):
            yield text
