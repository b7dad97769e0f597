"""Text taken apart into commands and words, as the shell that it is written for does. Pure.

sh and bash, Windows' cmd, PowerShell: so a comment is no word, `^` at a line's end is no part of
one, and a curly quote of a word processor is the straight one that was meant.
Sources: POSIX.1-2024, Shell Command Language 2.2 (quoting) and 2.6.2 (parameters); Bash manual
3.1.2.4 ($'...'); `cmd /?` (^ and %NAME%); about_Quoting_Rules of PowerShell (`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

Shell = Literal["sh", "cmd", "powershell"]

_PAIRS = {'"': '"', "'": "'", "\u201c": '"\u201c\u201d', "\u201d": '"\u201c\u201d'}
_PAIRS |= {"\u201e": '"\u201c\u201d', "\u2018": "'\u2018\u2019", "\u2019": "'\u2018\u2019"}
"""Quotes that open, with those that close them: word processors make straight ones curly."""

_ENDS = ";|&\n"
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "?": "?"}
_CODE = re.compile(r"\\(?:u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|x([0-9a-fA-F]{1,2}))")
_VARIABLE: Mapping[Shell, re.Pattern[str]] = {
    "sh": re.compile(r"\$(?:\{(\w+)(%/)?\}|(\w+))"),
    "cmd": re.compile(r"%(\w+)()%()"),
    "powershell": re.compile(r"\$(?:\{?env:(\w+)()\}?|(\w+))", re.IGNORECASE),
}
_SET: Mapping[Shell, re.Pattern[str]] = {
    "sh": re.compile(r"(\w+)=(.*)", re.DOTALL),
    "cmd": re.compile(r"(\w+)=(.*)", re.DOTALL),
    "powershell": re.compile(r"\$(?:env:)?(\w+)=(.*)", re.DOTALL | re.IGNORECASE),
}
_OF_CMD = re.compile(r"\^[ \t]*\r?\n|(?:\A|\s)\^\"|(?im:^\s*(?:set|rem|setx|@echo)\s)")
_OF_POWERSHELL = re.compile(r"`[ \t]*\r?\n|(?i:\$env:)|(?im:^\s*PS [^\n]*>)")


def without_comments(text: str) -> str:
    """Return a text that is no command without what its lines say after `#`, `//`, `REM`, `::`."""
    return re.sub(r"(?im)(?:(?<=\s)|^)(?:#|//|::|REM\s|--\s).*$", "", text)


def _shell_of(text: str) -> Shell:
    return "cmd" if _OF_CMD.search(text) else "powershell" if _OF_POWERSHELL.search(text) else "sh"


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each command in `text`, as its shell would hand them over.

    A variable that the text has set before is its value; any other stays as it is written.
    """
    shell = _shell_of(text)
    known: dict[str, str] = {}
    reader = _Reader(text.replace("\r\n", "\n").replace("\r", "\n"), shell, known)
    while not reader.done:
        if words := reader.command():
            for word in _settings(words, shell):
                if found := _SET[shell].fullmatch(word):
                    known[found.group(1).lower() if shell != "sh" else found.group(1)] = (
                        found.group(2)
                    )
            yield words


def _settings(words: list[str], shell: Shell) -> list[str]:
    """Return the words of a command that set variables, as NAME=VALUE."""
    if shell == "powershell" and len(words) > 2 and words[1] == "=":
        return [f"{words[0]}={words[2]}"]
    if shell == "cmd":  # all of the line is the value, with blanks and all
        return [" ".join(words[1:])] if words[0].lower() == "set" else []
    leading = []
    for word in words[1:] if words[0] == "export" else words:
        if not _SET[shell].fullmatch(word):
            break
        leading.append(word)
    return leading


class _Reader:
    """Takes a text apart into commands of words, one sign after the other."""

    def __init__(self, text: str, shell: Shell, known: Mapping[str, str]) -> None:
        self._text, self._shell, self._known = text, shell, known
        self._at = 0
        self._escape = {"sh": "\\", "cmd": "^", "powershell": "`"}[shell]
        self._broken_line = re.compile(rf"{re.escape(self._escape)}[ \t]*\n")

    @property
    def done(self) -> bool:
        return self._at >= len(self._text)

    def command(self) -> list[str]:
        """Return the words up to the command's end, which is passed over."""
        words: list[str] = []
        goes_on = False
        while not self.done:
            sign = self._text[self._at]
            if sign == "\n" and goes_on:  # after a comment between the lines of one command
                self._at += 1
            elif sign in _ENDS:
                self._at += 1
                return words
            elif sign.isspace():
                self._at += 1
            elif self._continues():
                self._at = self._text.index("\n", self._at) + 1
                goes_on = True
            elif self._is_comment(words):
                self._skip_line()
            else:
                words.append(self._word())
                goes_on = False
        return words

    def _continues(self) -> bool:
        """Whether the line goes on in the next one; blanks after the sign are forgiven."""
        return bool(self._broken_line.match(self._text, self._at))

    def _is_comment(self, words: list[str]) -> bool:
        if self._shell == "cmd":
            return not words and bool(re.compile(r"(?i)::|rem\b").match(self._text, self._at))
        return self._text[self._at] == "#"

    def _skip_line(self) -> None:
        end = self._text.find("\n", self._at)
        self._at = len(self._text) if end < 0 else end

    def _word(self) -> str:
        parts: list[str] = []
        while not self.done:
            sign = self._text[self._at]
            if sign.isspace() or sign in _ENDS or self._continues():
                break
            if sign == self._escape:
                # cmd: ^" is a quote of the program's own, which curl's start-up code takes off.
                quoted = self._shell == "cmd" and self._text[self._at + 1 : self._at + 2] == '"'
                if quoted:
                    self._at += 2
                    parts.append(self._quoted_by_caret())
                else:
                    parts.append(self._text[self._at + 1 : self._at + 2])
                    self._at += 2
            elif sign == "$" and self._shell == "sh" and self._text.startswith("$'", self._at):
                parts.append(self._ansi_c())
            elif sign in _PAIRS and not (parts and _is_apostrophe(sign, self._shell)):
                parts.append(self._quoted(sign))
            elif (value := self._variable()) is not None:
                parts.append(value)
            else:
                parts.append(sign)
                self._at += 1
        return "".join(parts)

    def _quoted(self, opened: str) -> str:
        """Return what stands between quotes; one that is never closed reaches to the end."""
        double = '"' in _PAIRS[opened]
        self._at += 1
        parts: list[str] = []
        while not self.done:
            sign = self._text[self._at]
            if sign in _PAIRS[opened]:
                self._at += 1
                break
            following = self._text[self._at + 1 : self._at + 2]
            # In cmd only \" is an escape, the program's own.
            escaped = ('"', "\\", "$", "`", "\n") if self._shell == "sh" else ('"',)
            if double and sign == "\\" and following in escaped:
                parts.append("" if following == "\n" else following)
                self._at += 2
            elif double and sign == "`" and self._shell == "powershell":
                parts.append(following)
                self._at += 2
            elif double and (value := self._variable()) is not None:
                parts.append(value)
            else:
                parts.append(sign)
                self._at += 1
        return "".join(parts)

    def _quoted_by_caret(self) -> str:
        """Return what stands between ^" and ^", as browsers copy a request for cmd."""
        parts: list[str] = []
        while not self.done and not self._text.startswith('^"', self._at):
            if self._text.startswith('^\\^"', self._at):  # a quote within
                parts.append('"')
                self._at += 4
            elif self._text[self._at] == "^":
                parts.append(self._text[self._at + 1 : self._at + 2])
                self._at += 2
            elif (value := self._variable()) is not None:
                parts.append(value)
            else:
                parts.append(self._text[self._at])
                self._at += 1
        self._at += 2
        return "".join(parts)

    def _ansi_c(self) -> str:
        """Return what stands in $'...', with its escapes."""
        self._at += 2
        parts: list[str] = []
        while not self.done and self._text[self._at] != "'":
            if self._text[self._at] != "\\":
                parts.append(self._text[self._at])
                self._at += 1
            elif code := _CODE.match(self._text, self._at):
                number = int(next(filter(None, code.groups())), 16)
                parts.append(chr(number) if number < 0x110000 else "\ufffd")
                self._at = code.end()
            else:
                following = self._text[self._at + 1 : self._at + 2]
                parts.append(_ESCAPES.get(following, "\\" + following))
                self._at += 2
        self._at += 1
        return "".join(parts)

    def _variable(self) -> str | None:
        """Return the value of the variable that begins here, itself where it is not set here."""
        found = _VARIABLE[self._shell].match(self._text, self._at)
        if found is None:
            return None
        self._at = found.end()
        name = found.group(1) or found.group(3)
        value = self._known.get(name if self._shell == "sh" else name.lower())
        if value is None:
            return found.group()
        return value.removesuffix("/") if found.group(2) else value


def _is_apostrophe(sign: str, shell: Shell) -> bool:
    """Whether `sign` within a word is a letter of it; at its start it is meant as a quote."""
    return sign == "\u2019" or (sign == "'" and shell == "cmd")
