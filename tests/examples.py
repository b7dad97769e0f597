"""How many examples a property has: few, always the same, or as many as FUZZ_EXAMPLES says.

No example is kept on disk: what breaks something is printed, and becomes a test of its own.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

SHORT = 150

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", SHORT))

settings.register_profile(
    "playground",
    max_examples=EXAMPLES,
    derandomize=EXAMPLES == SHORT,  # `make test` says the same thing twice
    database=None,
    deadline=None,  # two busy cores: slow is no failure here
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    # Making an example small takes minutes, explaining it as long: `make fuzz` makes it small.
    phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if EXAMPLES != SHORT else [])],
    print_blob=True,
)
settings.load_profile("playground")
