"""Starts the playground: arguments and settings -> studio -> page -> server; or runs a command.

Everything that is wrong before the start is one sentence on the terminal and a non-zero exit.
"""

from __future__ import annotations

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036  # whoever starts this may have any; it parses on 3.8
    sys.exit(
        f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}. Start with run.sh or "
        "run.bat, or make run PYTHON=python3.11: they find one, and set up what is needed."
    )
if (_HERE := os.path.dirname(os.path.realpath(__file__))) not in sys.path:  # PYTHONSAFEPATH
    sys.path.insert(0, _HERE)


def _lacking(error: ImportError) -> str:
    """Return which package is missing or cannot be loaded, and what to do."""
    what, cause = f"The package {error.name} is missing.", error
    while isinstance(cause.__cause__, ImportError):  # others' words of advice stand before it
        cause = cause.__cause__
    if not isinstance(error, ModuleNotFoundError):
        what = f"A package cannot be loaded ({' '.join(str(cause).split())})."
    if not os.path.exists(os.path.join(_HERE, "install.py")):
        return f"{what} Install the program anew."
    start = "tart with run.sh, run.bat or make run: they set up what is needed."
    if os.path.realpath(sys.prefix) != (own := os.path.join(_HERE, ".venv")):
        return f"{what} S{start}"
    return f"{what} Remove the folder {own}, then s{start}"


try:
    import argparse
    import errno
    import gc
    import ipaddress
    import logging
    import signal
    import socket
    import threading
    import webbrowser
    from typing import TYPE_CHECKING, NoReturn

    from backend import logs, redact
    from backend.errors import PlaygroundError, SettingsError, on_one_line
    from backend.settings.load import MODES, Settings, at_home, load_settings
    from backend.settings.places import BESIDE, Places
    from ui.door.credentials import Credentials, generate_auth, parse_auth
    from ui.gradio_private import own_environment
except ImportError as error:
    sys.exit(_lacking(error))
except KeyboardInterrupt:
    sys.exit(130)

if TYPE_CHECKING:
    from backend.account import Account

log = logging.getLogger("app")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        said = on_one_line(f"{message[:1].upper()}{message[1:]}")
        self.exit(2, f"{said}. See {self.prog} --help.\n")


_COMMANDS = {
    "verify": "check every stored image against what was recorded of it",
    "import": "take folders of images into the gallery; they are copied, never changed",
    "backup": "copy what an image store holds into a folder, as far as it is not there yet",
    "rebuild": "record the images of an image store that its database does not know",
    "grid": "make an experiment of a file; the same file again goes on with it",
}


def parse_arguments(argv: list[str], places: Places = BESIDE) -> argparse.Namespace:
    """Read the command line; None stands for "not given"."""
    if argv and argv[0] in _COMMANDS:
        return _parse_command(places, *argv)
    parser = _Parser(
        prog=places.command,
        description="Generate images with Sentry Block's models, in your browser.",
        epilog="Commands: " + "; ".join(f"{name}: {does}" for name, does in _COMMANDS.items()),
        allow_abbrev=False,
    )
    parser.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", help="port to listen on (default 7860)")
    _add_common(parser, places)
    _add_provider(parser)
    parser.add_argument(
        "--auth",
        metavar="USER:PASSWORD",
        help="login for all visitors, 12 characters or more; PLAYGROUND_AUTH hides it from ps",
    )
    parser.add_argument(
        "--allow-host",
        metavar="NAME",
        action="append",
        help="another name under which the page may be opened; can be given again",
    )
    parser.add_argument(
        "--trust-proxy",
        metavar="ADDRESS",
        action="append",
        help="a proxy in front (address or network) whose X-Forwarded-* headers are believed",
    )
    parser.add_argument(
        "--root-path", metavar="PATH", help="what stands before all paths behind a proxy, like /pg"
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument(
        "--verbose",
        action="store_true",
        help="tell more than a line for each send: the steps of the start, retries, requests",
    )
    parser.set_defaults(command=None)
    return parser.parse_args(argv)


def _parse_command(places: Places, command: str, *argv: str) -> argparse.Namespace:
    does = f"{_COMMANDS[command].capitalize()}."
    parser = _Parser(prog=f"{places.command} {command}", description=does, allow_abbrev=False)
    if command == "import":
        parser.add_argument("folders", metavar="DIR", nargs="+", help="a folder of images")
    if command == "backup":
        parser.add_argument("folder", metavar="DIR", help="the folder that the copies go to")
    if command == "grid":
        with own_environment():
            from ui.terminal.options import add_options  # noqa: PLC0415

        add_options(parser)
        _add_provider(parser)
    _add_common(parser, places)
    parser.set_defaults(command=command)
    return parser.parse_args(argv)


def _add_provider(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--provider",
        choices=MODES,
        help="auto: the platform where URL and key are set, else the sample engine",
    )


def _add_common(parser: argparse.ArgumentParser, places: Places) -> None:
    data, file = "data, beside this program", ".env, beside this program"
    if places.installed:
        data, file = (str(path).replace("%", "%%") for path in (places.data, places.env_file))
    parser.add_argument(
        "--data-dir", metavar="DIR", help=f"where images are kept (default: {data})"
    )
    parser.add_argument("--env-file", metavar="FILE", help=f"file with settings (default: {file})")


def listen(host: str, port: int) -> socket.socket:
    """Return a bound socket. Raises: SettingsError where the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol by name: asyncio switches Nagle's delay off (40 ms an answer) for none but TCP's.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":  # on Windows this option would share the port, not free it
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(512)
    except (OSError, UnicodeError) as error:
        sock.close()
        taken = getattr(error, "errno", None) in (errno.EADDRINUSE, errno.EACCES)
        raise SettingsError(
            f"Port {port} on {host} cannot be used: {getattr(error, 'strerror', error)}.",
            "Choose another one with --port, or close the program that has it."
            if taken
            else "Check --host: it must be an address of this computer.",
        ) from error
    return sock


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine reach `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def main(argv: list[str] | None = None, places: Places = BESIDE) -> int:
    """Run until Ctrl+C; return the exit code. `places` are for what names no folder."""
    logs.open_terminal()
    arguments = parse_arguments(sys.argv[1:] if argv is None else argv, places)
    verbose = bool(getattr(arguments, "verbose", False))
    logs.set_up(verbose=verbose)
    try:
        _stand_somewhere()
        settings = load_settings(vars(arguments), places=places)
        secrets = {secret for secret in (settings.api_key, settings.auth) if secret}
        redact.install(lambda: secrets)
        if arguments.command:
            return run(arguments, settings)
        credentials = login_for(settings)
        if credentials is not None:
            secrets.add(credentials.password)
        sock = listen(settings.host, settings.port)
        with sock:
            open_browser = not arguments.no_browser
            serve(settings, sock, credentials, open_browser=open_browser, verbose=verbose)
    except PlaygroundError as error:
        logs.say(on_one_line(str(error)), sys.stderr)
        return 1
    except (ImportError, MemoryError, OSError, RuntimeError) as error:
        if (said := _beyond_us(error)) is None:
            raise
        logs.say(on_one_line(said), sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        logs.close_terminal()
    return 0


def _stand_somewhere() -> None:
    """Check that the folder is there that paths begin at. Raises: SettingsError."""
    try:
        os.getcwd()
    except OSError as error:
        raise SettingsError(
            "The folder that the program was started in is gone.",
            "Change to another one, and start again.",
        ) from error


def _beyond_us(error: Exception) -> str | None:
    """Return a sentence where the computer does not give what any program needs, else None."""
    if isinstance(error, ImportError):
        return _lacking(error)
    short = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EAGAIN)
    if isinstance(error, OSError) and error.errno in short:
        what = error.strerror
    elif isinstance(error, MemoryError) or "new thread" in str(error):
        what = str(error) or "out of memory"
    else:
        return None
    return (
        f"The system does not give the program what it needs ({what}). "
        "Close other programs, or raise the limits (ulimit -a shows them), and start again."
    )


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Carry out a command; return the exit code. Raises: SettingsError."""
    with own_environment():
        from backend.terminal import (  # noqa: PLC0415
            run_backup,
            run_import,
            run_rebuild,
            run_verify,
        )

    if arguments.command == "verify":
        return run_verify(settings, sys.stdout)
    if arguments.command == "rebuild":
        return run_rebuild(settings, sys.stdout)
    if arguments.command == "backup":
        return run_backup(settings, at_home(arguments.folder), sys.stdout)
    if arguments.command == "grid":
        with own_environment():
            from ui.terminal.grid import run_grid  # noqa: PLC0415
            from ui.terminal.options import options_of  # noqa: PLC0415

        return run_grid(settings, options_of(arguments), sys.stdout, sys.stderr)
    folders = [at_home(folder) for folder in arguments.folders]
    return run_import(settings, folders, sys.stdout)


def login_for(settings: Settings) -> Credentials | None:
    """Return who may come in: as set, else made up wherever others could reach the page.

    None where only programs on this computer can. Raises: SettingsError.
    """
    if settings.auth:
        return parse_auth(settings.auth)
    here_alone = is_loopback(settings.host) and not settings.network.from_elsewhere
    return None if here_alone else generate_auth()


def serve(
    settings: Settings,
    sock: socket.socket,
    credentials: Credentials | None,
    *,
    open_browser: bool,
    verbose: bool = False,
) -> None:
    """Serve the page on a bound socket until stopped. Raises: SettingsError."""
    # What a start makes it keeps: looking through it for garbage again and again takes 0.3 s.
    gc.disable()
    # Gradio takes more than a second to import: whatever can be wrong is found out before.
    with own_environment():
        from backend.studio import Studio  # noqa: PLC0415

    log.info("opening the data folder %s", settings.data_dir)
    studio = Studio(settings)
    log.info("%d models, images from %s", len(studio.account.models), _engine(studio.account))
    account = studio.account  # also keys that are saved later
    redact.install(lambda: {account.settings.api_key or "", *account.secrets()})

    with own_environment():
        import uvicorn  # noqa: PLC0415

        from ui.audience import addresses  # noqa: PLC0415
        from ui.door.connections import backlog, bounded, connections_max  # noqa: PLC0415
        from ui.site import build_app  # noqa: PLC0415

    host, port = sock.getsockname()[:2]
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # "all addresses" is not one
    below = settings.network.root_path or ""
    url = f"http://{f'[{here}]' if ':' in here else here}:{port}{below}/"
    outside = None if here == host else f"http://{addresses.look()[0][0]}:{port}{below}/"

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            gc.freeze()  # no later collection looks through it either
            gc.enable()
            if self.started:
                studio.note_address(url, outside)
                _announce(url, _engine(studio.account), settings)
                if credentials is not None:
                    _announce_login(credentials, settings, port)
                if open_browser:
                    threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # Open pages hold streams for ever: cutting them is no error that anyone need read.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            await super().shutdown(sockets)

    log.info("building the page")
    most = connections_max()
    config = uvicorn.Config(
        build_app(studio, credentials),
        workers=1,  # else WEB_CONCURRENCY, another program's, is read
        log_config=None,  # into our own log, in its form
        log_level="warning" if verbose else "error",  # else each senseless request has its line
        http=bounded(most),
        backlog=backlog(most),
        ws="none",
        access_log=verbose,
        server_header=False,
        proxy_headers=False,  # ours are believed of those alone that are trusted (ui/door/proxy.py)
        lifespan="on",
        timeout_graceful_shutdown=2,
    )
    if verbose:
        logs.follow_requests()
    _end_with_the_window()
    Server(config).run(sockets=[sock])


def _end_with_the_window() -> None:
    """Have a terminal that is closed end the program in order, with time for what was sent.

    `nohup` still keeps it running.
    """
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))


def _engine(account: Account) -> str:
    return "the sample engine" if account.offline else str(account.api_url)


def _announce(url: str, engine: str, settings: Settings) -> None:
    kept = on_one_line(str(settings.data_dir.absolute()))
    if settings.places.installed:
        kept += f", settings in {on_one_line(str(settings.env_file.absolute()))}"
    logs.say(
        f"The playground is at {url}  (images from {engine}, kept in {kept}; Ctrl+C ends it)",
        sys.stdout,
    )
    for notice in (settings.missing, settings.elsewhere):
        if notice:
            logs.say(on_one_line(notice), sys.stderr)


def _announce_login(credentials: Credentials, settings: Settings, port: int) -> None:
    if not is_loopback(settings.host):
        logs.say(
            f"Others on your network reach it at http://{socket.gethostname()}:{port}/ or by this "
            "computer's address. What travels over http can be read on the way.",
            sys.stdout,
        )
    if not settings.auth:
        logs.say(
            f"Log in as {credentials.user} with the password {credentials.password}  "
            "(made anew at each start; --auth sets your own)",
            sys.stdout,
        )


if __name__ == "__main__":
    sys.exit(main())
