"""The Content-Security-Policy of our answers, and of those that are Gradio's."""

from __future__ import annotations


def content_security_policy(*, scripts: str = "'self'", styles: str = "'self'") -> str:
    """Return a policy under which a page runs what is ours and asks nobody else.

    `scripts` and `styles` are the sources from which those may come.
    """
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src {scripts}",
            f"style-src {styles}",
            "img-src 'self' data: blob:",
            "object-src 'none'",
            "frame-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'self'",
            "form-action 'self'",
        )
    )


STRICT = content_security_policy()

OF_GRADIO = content_security_policy(
    # Gradio's page has inline scripts, and gr.HTML compiles its templates with new Function.
    scripts="'self' 'unsafe-inline' 'unsafe-eval'",
    styles="'self' 'unsafe-inline'",
)
