"""Starting `python -m MODULE …` from a warm interpreter: a process like any other, and sooner.

Hundreds of tests start the program, and loading its libraries takes a second of processor time
each. On Linux a helper has them loaded and forks; its children become children of the process
that asked (it adopts orphans), so that `Popen` waits for them, kills them and reads from them
as ever. Elsewhere, and for anything but `python -m`, it is the ordinary `Popen`.
"""

from __future__ import annotations

import ctypes
import json
import os
import runpy
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER
_LARGEST = 1 << 20
_LATE = ("alembic.autogenerate", "alembic.command", "alembic.config")  # for a new database


class Popen(subprocess.Popen[str]):
    """As `subprocess.Popen` with `text=True`; see the module's words."""

    def _execute_child(self, args: Any, *rest: Any) -> None:  # the same in Python 3.11 to 3.14
        _, preexec_fn, _, pass_fds, cwd, env, _, _, shell, *ends = rest
        pipes = ends[:6]
        is_ours = list(args[:2]) == [sys.executable, "-m"] and not (
            preexec_fn or pass_fds or shell or env is None or -1 in pipes[0::2][:1]
        )
        if not is_ours or sys.platform != "linux":
            super()._execute_child(args, *rest)  # type: ignore[misc]
            return
        p2cread, _, _, c2pwrite, _, errwrite = pipes
        request = {"words": list(args[2:]), "env": env, "cwd": os.fspath(cwd or Path.cwd())}
        self.pid = _helper().fork(request, (p2cread, c2pwrite, errwrite))
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]


class _Helper:
    def __init__(self) -> None:
        if ctypes.CDLL(None, use_errno=True).prctl(_ADOPT_ORPHANS, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "orphans are not adopted")
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (self._ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LARGEST)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forked", str(theirs.fileno())],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
            | {"PYTHONPATH": f"{ROOT / 'backend'}{os.pathsep}{ROOT}"},
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()

    def fork(self, request: dict[str, Any], streams: tuple[int, int, int]) -> int:
        socket.send_fds(self._ours, [json.dumps(request).encode()], streams)
        reply = self._ours.recv(100)
        assert reply, "the helper is gone"
        return int(reply)


@cache
def _helper() -> _Helper:
    return _Helper()


def _serve(end: socket.socket) -> dict[str, Any]:
    """Fork for each request; returns in a child that is to carry one out."""
    while True:
        message, streams, _, _ = socket.recv_fds(end, _LARGEST, 3)
        if not message:
            os._exit(0)  # nobody asks any more
        receive, tell = os.pipe()
        between = os.fork()
        if between == 0:
            child = os.fork()
            if child == 0:
                for number, stream in enumerate(streams):
                    os.dup2(stream, number)
                for descriptor in (*streams, receive, tell, end.fileno()):
                    os.close(descriptor)
                found: dict[str, Any] = json.loads(message)
                return found
            os.write(tell, str(child).encode())
            os._exit(0)  # so that the child is an orphan
        os.waitpid(between, 0)
        for descriptor in (*streams, tell):
            os.close(descriptor)
        end.send(os.read(receive, 100))
        os.close(receive)


def _load() -> None:
    """Everything that the program loads on its way; none of it starts a thread."""
    import importlib

    from artkeep.cli.app import build_parser
    from artkeep.web.app import MODULES

    build_parser()
    for name in (
        *(f"artkeep.web.{name}" for name in (*MODULES, "server", "connections")),
        *_LATE,
    ):
        importlib.import_module(name)


if __name__ == "__main__":
    _load()
    asked = _serve(socket.socket(fileno=int(sys.argv[1])))
    # What the helper had may have been files; these may be pipes.
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(  # noqa: SIM115
        2, "w", 1, "utf-8", "backslashreplace", closefd=False
    )
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    for path in reversed(asked["env"].get("PYTHONPATH", "").split(os.pathsep)):
        if path and path not in sys.path:
            sys.path.insert(0, path)
    module, *words = asked["words"]
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
