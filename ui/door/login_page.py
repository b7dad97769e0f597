"""The pages of the login, as plain HTML: no script, nothing from elsewhere, light and dark."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from html import escape

from starlette.responses import HTMLResponse, Response

from backend.said import Said, msg
from ui import static
from ui.language.chosen import language, tell
from ui.present.facts import title
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
:root { color-scheme: light dark; LIGHT }
@media (prefers-color-scheme: dark) { :root { DARK } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-content: center; justify-items: center;
  gap: 20px; padding: 24px 16px; background: var(--sb-ground); color: var(--sb-text);
  font: 16px/1.5 system-ui, -apple-system, Segoe UI, Roboto, sans-serif; }
.brand { display: flex; align-items: center; gap: 10px; margin: 0; font-size: 17px;
  font-weight: 650; letter-spacing: -0.01em; }
.brand svg { display: block; flex: none; }
.brand span { font-weight: 400; color: var(--sb-muted); }
main { width: 100%; width: min(384px, calc(100vw - 32px)); padding: 24px;
  border: 1px solid var(--sb-line); border-radius: 14px; background: var(--sb-surface);
  box-shadow: var(--sb-shadow); }
h1 { margin: 0 0 16px; font-size: 20px; font-weight: 650; letter-spacing: -0.01em; }
p { margin: 0 0 16px; color: var(--sb-muted); }
label { display: block; margin: 0 0 6px; font-size: 14.5px; font-weight: 600; }
input, button { width: 100%; min-height: 44px; padding: 9px 12px; border-radius: 9px;
  font: inherit; }
input { margin: 0 0 16px; border: 1px solid var(--sb-edge); background: var(--sb-field);
  color: inherit; }
button { border: 1px solid transparent; background: var(--sb-accent); color: var(--sb-on-accent);
  font-weight: 600; cursor: pointer; }
button:hover { background: var(--sb-accent-strong); }
a { display: block; margin: 16px 0 0; color: var(--sb-accent-text); text-align: center; }
:focus-visible { outline: 2px solid var(--sb-accent-text); outline-offset: 2px; }
.error { padding: 9px 12px; border: 1px solid transparent; border-radius: 8px;
  background: var(--sb-bad); color: var(--sb-bad-text); font-size: 14.5px; }
@media (forced-colors: active) { main { border-color: CanvasText; }
  .error { border: 2px solid CanvasText; } }
"""

_PAGE = """<!doctype html>
<html lang="{lang}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
{colours}
<style>{style}</style>
</head>
<body>
<header class="brand">{logo}<div>Sentry Block <span>Playground</span></div></header>
<main>
<h1>{heading}</h1>
{content}
</main>
</body>
</html>
"""

_LOGIN_FORM = """{error}<form method="post" action="{action}">
<input type="hidden" name="next" value="{next}">
<label for="user">{user_label}</label>
<input id="user" name="user" autocomplete="username" autocapitalize="none" spellcheck="false"
  enterkeyhint="go" value="{user}" maxlength="200" required{user_more}>
<label for="password">{password_label}</label>
<input id="password" name="password" type="password" autocomplete="current-password"
  enterkeyhint="go" maxlength="1000" required{password_more}>
<button type="submit">{log_in}</button>
</form>"""

_LOGOUT_FORM = """<p>{goes_on}</p>
<form method="post" action="{action}">
<button type="submit">{log_out}</button>
</form>
<a href="{back}">{stay}</a>"""


@dataclass(frozen=True, slots=True)
class Denied:
    """Why somebody is not let in, with an HTTP status; `wait_s` is when to try again."""

    sentence: Said
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
        error = f'<p class="error" id="error" role="alert">{_told(denied.sentence)}</p>\n'
        described = ' aria-describedby="error"'
        status, headers = denied.status, headers | denied.headers
    form = _LOGIN_FORM.format(
        action=escape(at("/login")),
        error=error,
        next=escape(wanted),
        user=escape(user[:200]),
        user_more=" autofocus" if not user else "",
        password_more=f"{' autofocus' if user else ''}{described}",
        user_label=_told(msg("User name")),
        password_label=_told(msg("Password")),
        log_in=_told(msg("Log in")),
    )
    return HTMLResponse(_page(msg("Log in"), form), status, headers)


def logout_page() -> Response:
    """Return the page that asks once more: a link alone must not log anybody out."""
    form = _LOGOUT_FORM.format(
        action=escape(at("/logout")),
        back=escape(at("/")),
        goes_on=_told(msg("Images that are being made go on and are stored.")),
        log_out=_told(msg("Log out")),
        stay=_told(msg("Stay logged in")),
    )
    return HTMLResponse(_page(msg("Log out?"), form), 200, _HEADERS)


def _told(text: Said) -> str:
    """Return a text in the visitor's language, as HTML."""
    return escape(tell(text))


def _page(heading: Said, content: str) -> str:
    own = language()
    logo = static.text("logo.svg").replace(' xmlns="http://www.w3.org/2000/svg"', "")
    return _PAGE.format(
        lang=own.tag,
        direction=own.direction,
        title=escape(title(heading)),
        heading=_told(heading),
        colours=static.theme_colours(),
        style=_style(),
        logo=logo,
        content=content,
    )


@cache
def _style() -> str:
    """Return the style in the colours of all other pages, whose stylesheet is behind the login."""
    light, dark = (static.tokens(theme) for theme in ("light", "dark"))
    return _STYLE.replace("LIGHT", light).replace("DARK", dark)
