"""Runs a program whose clock is wrong: `python skewed.py SECONDS PROGRAM ARGUMENTS`."""

from __future__ import annotations

import runpy
import sys
import time
from pathlib import Path

true_time, ahead_s = time.time, float(sys.argv[1])
time.time = lambda: true_time() + ahead_s
sys.argv = sys.argv[2:]
sys.path.insert(0, str(Path(sys.argv[0]).parent))
runpy.run_path(sys.argv[0], run_name="__main__")
