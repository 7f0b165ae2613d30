"""`artkeep gui`, which `launch_gui.py` hands over to: serve the page until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import artkeep
from artkeep.cli.adopt import offer_old_databases
from artkeep.cli.demo import CREATOR, demo_environment, free_or_any, sample_site
from artkeep.cli.session import open_database, read_settings, running_engine
from artkeep.cli.words import say
from artkeep.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from artkeep.jobs.engine import Engine
    from artkeep.store.base import Store
    from artkeep.web.server import Server
    from artkeep.web.services import Services

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PORT = 5000
_SAMPLE_SITE_PORT = 5600  # the same each time, so that links of an earlier start still work
_LEFT = ("interrupted", "queued")  # states of jobs that the last run left unfinished
_LOOK_S = 0.2
_LAST_S = 9.5  # RB-14


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`gui` with the launcher's options."""
    parser = verbs.add_parser(
        "gui",
        help="serve the page",
        epilog="""artkeep gui
artkeep gui --port 5001 --no-browser
artkeep gui --demo --once""",
    )
    parser.add_argument("--port", type=int, help=f"default: {_PORT}, or the next free one")
    parser.add_argument("--host", default="127.0.0.1", help="loopback only")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument("--demo", action="store_true", help="use the sample site")
    parser.add_argument("--once", action="store_true", help="do the main job, then exit")
    parser.add_argument("--setup", action="store_true", help="prepare, then exit")
    parser.add_argument("--resume", action="store_true", help="go on with interrupted jobs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Returns the exit code."""
    if args.host not in _LOOPBACK:
        raise UsageError(
            f"--host {args.host}: only this machine may reach Artkeep, there is no login yet.",
            advice="Use 127.0.0.1.",
        )
    if args.port is not None and not 0 <= args.port <= 65535:
        raise UsageError(f"--port {args.port}: a port is a number from 0 to 65535.")
    if args.setup:
        return 0
    if args.once and not args.demo:
        raise UsageError("--once goes with --demo.", advice="`artkeep get …` works without.")
    if args.demo:
        home = Path(args.data_dir) if args.data_dir else _demo_folder()
        args.data_dir = str(home)
        args.library = args.library or str(home / "library")
    if args.once:
        return _demonstrate(args)
    _serve(args)
    return 0


def _serve(args: argparse.Namespace) -> None:
    """The port is taken first: nobody should wait for a page that cannot be."""
    from artkeep.web.app import create_app
    from artkeep.web.port import listen
    from artkeep.web.server import serving
    from artkeep.web.services import Services

    host = "127.0.0.1" if args.host == "localhost" else args.host
    with ExitStack() as stack:
        server = listen(host, args.port, _PORT, tell=_tell)
        stack.callback(server.stop)
        port = server.bind_addr[1]
        if args.demo:
            url = stack.enter_context(sample_site(port=free_or_any(_SAMPLE_SITE_PORT)))
            os.environ.update(demo_environment(url))
            _tell(say("Sample site at {url}", url=url))
        settings = read_settings(args)
        store = stack.enter_context(open_database(settings))
        if not args.demo:
            offer_old_databases(settings, store)
        engine, interruption = stack.enter_context(running_engine(settings, store, port=port))
        at = Services(settings, store, engine, port, is_demo=args.demo)
        server.wsgi_app = create_app(at)
        stack.enter_context(serving(server))
        if args.resume:
            _resume(store, engine)
        _welcome(at, f"http://{f'[{host}]' if ':' in host else host}:{port}/", args.no_browser)
        while not interruption.requested.wait(_LOOK_S):  # Windows looks at Ctrl-C in between
            pass
        _stop(at, server)


def _resume(store: Store, engine: Engine) -> None:
    """Go on with what the last run left unfinished."""
    from datetime import UTC, datetime

    from artkeep.store import jobs
    from artkeep.store.overview import moving_jobs

    def want_them(connection: Connection) -> list[int]:
        rows = moving_jobs(connection, datetime.now(UTC))
        left = [row.id for row in rows if row.owner is None and row.state in _LEFT]
        for job_id in left:
            jobs.want(connection, job_id, "running")
        return left

    for job_id in store.transact(want_them):
        engine.begin(job_id)


def _welcome(at: Services, url: str, no_browser: bool) -> None:
    from artkeep.web.spa import page_folder

    _tell(say("Artkeep {version}: {url}", version=artkeep.__version__, url=url))
    _tell(f"  {say('Library')}: {at.settings.library}")
    _tell(f"  {say('Settings and logs')}: {at.settings.data_dir}")
    if page_folder() is None:
        words = "The page is not built. In the folder frontend, run: npm ci && npm run build"
        _tell(f"  {say(words)}")
    _tell(f"  {say('Press Ctrl-C to stop it.')}")
    has_screen = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if has_screen and not no_browser:
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def _stop(at: Services, server: Server) -> None:
    """Both at once: requests in hand and running downloads may each take a moment."""
    last = threading.Timer(_LAST_S, os._exit, (130,))  # should a request never end
    last.daemon = True
    last.start()
    at.live.close()
    ending = threading.Thread(target=at.engine.stop, name="ending")
    ending.start()
    server.stop()
    ending.join()


def _tell(words: str) -> None:
    print(words, flush=True)


def _demonstrate(args: argparse.Namespace) -> int:
    """Download a creator's whole gallery from the sample site and show what lies where."""
    from artkeep.cli import get

    with sample_site(port=free_or_any(_SAMPLE_SITE_PORT)) as url:
        print(say("Sample site at {url}", url=url))
        os.environ.update(demo_environment(url))
        words = ["get", "--user", CREATOR]
        parser = argparse.ArgumentParser()
        get.add_parser(parser.add_subparsers())
        chosen = parser.parse_args(words)
        for name in ("data_dir", "library", "database_url", "verbose"):
            setattr(chosen, name, getattr(args, name, None))
        code = get.run(chosen)
    settings = read_settings(args)
    print(f"\n{say('Where the files lie')}:")
    _print_tree(settings.library)
    print(f"{say('Database')}: {settings.data_dir / 'tracking_database.sqlite'}")
    print(f"{say('Settings and logs')}: {settings.data_dir}")
    sys.stdout.flush()
    return code


def _demo_folder() -> Path:
    """A data folder of its own, beside the program in a clone."""
    clone = Path(artkeep.__file__).parents[2]
    if (clone / "launch_gui.py").exists() and os.access(clone, os.W_OK):
        return clone / "artkeep-demo"
    return Path.cwd() / "artkeep-demo"


def _print_tree(library: Path) -> None:
    """Folders with the number of media files in each."""
    print(library)
    for folder in sorted(path for path in library.rglob("*") if path.is_dir()):
        relative = folder.relative_to(library)
        if relative.parts[0].startswith("."):
            continue
        amount = sum(child.is_file() and child.suffix != ".json" for child in folder.iterdir())
        indent = "  " * len(relative.parts)
        print(f"{indent}{folder.name}/" + (f"  {amount}" if amount else ""))
