"""The pages of the login, as plain HTML: no script, nothing from elsewhere, light and dark."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from starlette.responses import HTMLResponse, Response

from ui.present.place import at

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    # Under no-referrer a browser posts a form with "Origin: null", which the Guard refuses.
    "Referrer-Policy": "same-origin",
}

_STYLE = """
:root { color-scheme: light dark; --back: #f6f7f9; --card: #fff; --text: #1b1f27; --line: #80868f;
  --accent: #1f5fd0; --on-accent: #fff; --error: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --back: #101318; --card: #191e26; --text: #e8eaee;
  --line: #8a919c; --accent: #8ab4ff; --on-accent: #10131a; --error: #ffb4ab; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  background: var(--back); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 24rem; padding: 2rem; border-radius: .75rem;
  background: var(--card); box-shadow: 0 1px 4px rgb(0 0 0 / .25); }
h1 { margin: 0 0 1.25rem; font-size: 1.35rem; line-height: 1.25; }
label { display: block; margin: 0 0 .25rem; font-weight: 600; }
input, button { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; border-radius: .4rem;
  font: inherit; }
input { margin: 0 0 1rem; border: 1px solid var(--line); background: var(--card); color: inherit; }
button { border: 1px solid transparent; background: var(--accent); color: var(--on-accent);
  font-weight: 600; cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.error { margin: 0 0 1rem; color: var(--error); }
@media (forced-colors: active) { main { border: 1px solid CanvasText; }
  .error { padding: .5rem .75rem; border: 2px solid CanvasText; border-radius: .4rem; } }
"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Sentry Block Playground</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""

_LOGIN_FORM = """{error}<form method="post" action="{action}">
<input type="hidden" name="next" value="{next}">
<label for="user">User name</label>
<input id="user" name="user" autocomplete="username" autocapitalize="none" spellcheck="false"
  enterkeyhint="go" value="{user}" maxlength="200" required{user_more}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password"
  enterkeyhint="go" maxlength="1000" required{password_more}>
<button type="submit">Log in</button>
</form>"""

_LOGOUT_FORM = """<form method="post" action="{action}">
<button type="submit">Log out</button>
</form>"""


@dataclass(frozen=True, slots=True)
class Denied:
    """Why somebody is not let in, with an HTTP status; `wait_s` is when to try again."""

    sentence: str
    status: int
    wait_s: int = 0

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.wait_s)} if self.wait_s else {}


def login_page(wanted: str, *, user: str = "", denied: Denied | None = None) -> Response:
    """Return the login form; why somebody was `denied` is said above it.

    `wanted` is the path to go to afterwards. Everything given is escaped.
    """
    error, described = "", ""
    status, headers = 200, dict(_HEADERS)
    if denied is not None:
        error = f'<p class="error" id="error" role="alert">{escape(denied.sentence)}</p>\n'
        described = ' aria-describedby="error"'
        status, headers = denied.status, headers | denied.headers
    form = _LOGIN_FORM.format(
        action=escape(at("/login")),
        error=error,
        next=escape(wanted),
        user=escape(user[:200]),
        user_more=" autofocus" if not user else "",
        password_more=f"{' autofocus' if user else ''}{described}",
    )
    return HTMLResponse(_page("Log in", form), status, headers)


def logout_page() -> Response:
    """Return the page that asks once more: a link alone must not log anybody out."""
    form = _LOGOUT_FORM.format(action=escape(at("/logout")))
    return HTMLResponse(_page("Log out?", form), 200, _HEADERS)


def _page(title: str, content: str) -> str:
    return _PAGE.format(title=title, style=_STYLE, content=content)
