"""What the settings panel calls its fields; what is refused there is told under these names."""

from __future__ import annotations

from backend.said import msg

LABELS = {
    "api_url": msg("API URL"),
    "api_key": msg("API key"),
    "key_host": msg("API key"),
    "tier": msg("Account tier"),
    "requests_per_minute": msg("Requests a minute"),
    "requests_per_day": msg("Requests a day"),
    "dollars_per_day": msg("US dollars a day"),
}
