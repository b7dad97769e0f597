"""The two ends between program and process: files go there, answers come back.

A file itself does not travel: the process is given it open, which for the usual picture takes a
tenth of the time. Windows cannot do that, so there its bytes go through a pipe.
"""

from __future__ import annotations

import os
import select
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack
from shutil import copyfileobj
from typing import Any, BinaryIO

HANDS_OVER = sys.platform != "win32"

_LENGTH = struct.Struct(">Q")
_PIECE_BYTES = 1 << 20


class Asking:
    """The program's end. Each method raises EOFError once the process has ended."""

    def __init__(self, command: list[str], **options: Any) -> None:
        """Start the process. Raises: OSError."""
        self._socket: socket.socket | None = None
        with ExitStack() as unless_started:
            theirs: Any = subprocess.PIPE
            if HANDS_OVER:
                self._socket, theirs = socket.socketpair()
                unless_started.callback(self._socket.close)
            try:
                self.process: subprocess.Popen[bytes] = subprocess.Popen(
                    command, stdin=theirs, stdout=subprocess.PIPE, **options
                )
            finally:
                if self._socket is not None:
                    theirs.close()
            unless_started.pop_all()
        assert self.process.stdout is not None
        self._answers = self.process.stdout

    def ask(self, file: BinaryIO, size: int, within_s: float) -> bytes:
        """Send `file`, which stands at its start and has `size` bytes; return the answer.

        A process that has not begun to answer in time is killed. Raises: OSError where a file in
        memory cannot be put on the disk.
        """
        try:
            if self._socket is not None:
                self._hand_over(self._socket, file, size)
                waiting = select.poll()
                waiting.register(self._answers, select.POLLIN)
                if not waiting.poll(within_s * 1000):
                    self.process.kill()
                return _read(self._answers)
            timer = threading.Timer(within_s, self.process.kill)  # no pipe of Windows can be polled
            timer.daemon = True
            timer.start()
            try:
                self._send(self.process.stdin, file, size)
                return _read(self._answers)
            finally:
                timer.cancel()
        except ConnectionError as error:
            raise EOFError from error

    def _hand_over(self, to: socket.socket, file: BinaryIO, size: int) -> None:
        with ExitStack() as opened:
            try:
                descriptor = file.fileno()
            except OSError:  # it is in memory
                copy = opened.enter_context(tempfile.TemporaryFile(buffering=0))
                copyfileobj(file, copy, _PIECE_BYTES)
                descriptor = copy.fileno()
            socket.send_fds(to, [_LENGTH.pack(size)], [descriptor])

    def _send(self, to: Any, file: BinaryIO, size: int) -> None:
        to.write(_LENGTH.pack(size))
        copyfileobj(file, to, _PIECE_BYTES)
        to.flush()

    def close(self) -> None:
        """Wait for the process, which has been ended, and close what led to it."""
        self.process.communicate()
        if self._socket is not None:
            self._socket.close()


class Answering:
    """The process's end, on its standard input and output. What it prints goes to stderr."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        if stat.S_ISSOCK(os.fstat(sys.stdin.fileno()).st_mode):
            self._socket = socket.socket(fileno=os.dup(sys.stdin.fileno()))
        self._answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what some library prints is no answer

    def next_file(self) -> bytes:
        """Return the next file. Raises: EOFError when there is none any more."""
        if self._socket is None:
            return _read(sys.stdin.buffer)
        length, descriptors, _, _ = socket.recv_fds(self._socket, _LENGTH.size, 1)
        if not descriptors:
            raise EOFError
        try:
            return os.pread(descriptors[0], _LENGTH.unpack(length)[0], 0)
        finally:
            os.close(descriptors[0])

    def answer(self, packed: bytes) -> None:
        """Send an answer. Raises: ConnectionError where nobody waits for it any more."""
        self._answers.write(_LENGTH.pack(len(packed)) + packed)
        self._answers.flush()


def _read(source: Any) -> bytes:
    """Return what comes next, after its length. Raises: EOFError where it breaks off."""
    length = source.read(_LENGTH.size)
    data: bytes = source.read(*_LENGTH.unpack(length)) if len(length) == _LENGTH.size else b""
    if len(length) < _LENGTH.size or len(data) < _LENGTH.unpack(length)[0]:
        raise EOFError
    return data
