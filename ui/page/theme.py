"""The page's Gradio theme: Gradio's own variables, bound to the tokens of assets/style.css.

Colours live in the stylesheet alone, once for light and once for dark.
"""

from __future__ import annotations

import gradio as gr

SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

_TOKENS = {
    "body_background_fill": "--sb-ground",
    "body_text_color": "--sb-text",
    "body_text_color_subdued": "--sb-muted",
    "background_fill_primary": "--sb-surface",
    "background_fill_secondary": "--sb-ground",
    "border_color_primary": "--sb-line",
    "border_color_accent": "--sb-accent",
    "color_accent_soft": "--sb-accent-soft",
    "link_text_color": "--sb-accent-text",
    "link_text_color_hover": "--sb-accent-text",
    "link_text_color_active": "--sb-accent-text",
    "link_text_color_visited": "--sb-accent-text",
    "block_background_fill": "--sb-clear",
    "block_border_color": "--sb-clear",
    "block_label_text_color": "--sb-text",
    "block_title_text_color": "--sb-text",
    "block_info_text_color": "--sb-muted",
    "panel_background_fill": "--sb-clear",
    "input_background_fill": "--sb-field",
    "input_background_fill_focus": "--sb-field",
    "input_border_color": "--sb-edge",
    "input_border_color_focus": "--sb-accent",
    "input_placeholder_color": "--sb-faint",
    "checkbox_background_color": "--sb-field",
    "checkbox_background_color_selected": "--sb-accent",
    "checkbox_border_color": "--sb-edge",
    "checkbox_border_color_selected": "--sb-accent",
    "checkbox_label_background_fill": "--sb-field",
    "checkbox_label_background_fill_hover": "--sb-hover",
    "checkbox_label_background_fill_selected": "--sb-accent-soft",
    "checkbox_label_border_color": "--sb-edge",
    "checkbox_label_border_color_selected": "--sb-accent",
    "checkbox_label_text_color": "--sb-text",
    "checkbox_label_text_color_selected": "--sb-text",
    "slider_color": "--sb-accent",
    "button_primary_background_fill": "--sb-accent",
    "button_primary_background_fill_hover": "--sb-accent-strong",
    "button_primary_text_color": "--sb-on-accent",
    "button_primary_text_color_hover": "--sb-on-accent",
    "button_primary_border_color": "--sb-clear",
    "button_secondary_background_fill": "--sb-field",
    "button_secondary_background_fill_hover": "--sb-hover",
    "button_secondary_text_color": "--sb-text",
    "button_secondary_text_color_hover": "--sb-text",
    "button_secondary_border_color": "--sb-edge",
    "button_secondary_border_color_hover": "--sb-edge",
    "code_background_fill": "--sb-ground",
}


def build_theme() -> gr.themes.Base:
    """Return the theme. System fonts only: a font from the network can hold up the page."""
    theme = gr.themes.Base(
        font=SANS, font_mono=MONO, text_size="md", radius_size="md", spacing_size="md"
    )
    colours = {name: f"var({token})" for name, token in _TOKENS.items()}
    dark = {
        f"{name}_dark": value for name, value in colours.items() if hasattr(theme, f"{name}_dark")
    }
    return theme.set(
        **colours,
        **dark,
        block_border_width="0px",
        block_border_width_dark="0px",
        block_padding="0px",
        block_shadow="none",
        block_shadow_dark="none",
        block_title_text_size="14px",
        block_title_text_weight="600",
        block_info_text_size="13px",
        button_primary_shadow="none",
        button_secondary_shadow="none",
        input_border_width="1px",
        input_border_width_dark="1px",
        input_shadow="none",
        input_shadow_focus="none",
        layout_gap="16px",
        form_gap_width="16px",
    )
