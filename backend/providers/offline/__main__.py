"""Serve the offline provider by itself: `python -m backend.providers.offline --port 7870`."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from backend.catalogue.load import load_catalogue
from backend.errors import PlaygroundError
from backend.providers.offline.server import create_app


def main() -> None:
    """Read the arguments and serve until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m backend.providers.offline",
        description="The platform's image API, offline: free sample pictures, no AI model.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=7870, help="port to listen on (%(default)s)")
    parser.add_argument("--key", help="accept only this key as a Bearer token (default: anyone)")
    parser.add_argument("--catalogue", type=Path, help="your own models.toml, merged over ours")
    parser.add_argument("--threads", type=int, default=2, help="pictures at a time (%(default)s)")
    args = parser.parse_args()
    if args.threads < 1:
        parser.error("--threads must be at least 1")
    try:
        models = load_catalogue(args.catalogue)
    except PlaygroundError as error:
        parser.error(str(error))
    app = create_app(models, key=args.key, render_threads=args.threads)
    uvicorn.run(app, host=args.host, port=args.port)


if __name__ == "__main__":
    main()
