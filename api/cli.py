"""Commands of the service: ``yizhan serve`` and ``yizhan keys``, added to the command line by entry point.

What the service needs is loaded by the commands that need it, so that the others stay quick.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from optimizer.cli.faults import faults_told, option_fault

if TYPE_CHECKING:
    from api.store.engine import Database

DEMO_DISTRICT = "demo"
DEMO_SCENARIO = "xicheng-day"
DEMO_TIME_LIMIT_S = 20.0

out = Console()
err = Console(stderr=True)
keys = typer.Typer(help="Make, list and revoke keys of the service.", no_args_is_help=True)

RoleName = Annotated[str, typer.Option("--role", help="viewer, dispatcher, planner or admin.")]
District = Annotated[str, typer.Option("--district", help="Id of the district; made where it does not exist.")]


def add_commands(app: typer.Typer) -> None:
    """Add the service's commands to the command line."""
    app.command()(serve)
    app.add_typer(keys, name="keys")


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes any that is free.")] = 8080,
) -> None:
    """Run the service: API, console, queue and solves in one process, set by YIZHAN_* variables (docs/api.md).

    The first start makes a demo district and prints its key. Without any key only loopback addresses are listened on.
    """
    from api.app import create_app
    from api.server import run
    from api.store.districts import has_keys

    with faults_told(err), _bound(host, port) as listening:
        app = create_app()
        database: Database = app.state.service.database
        if not has_keys(database):
            if not is_loopback(host):
                hint = "Make one: yizhan keys create --role admin --district ID"
                raise option_fault("--host", f"without any key, only loopback is listened on, not {host!r}.", hint)
            _make_demo(database)
        app.state.service.jobs.take_name()
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listening.getsockname()[1]}"
        err.print(f"Yizhan listens on {address}; Ctrl-C ends it.", highlight=False, soft_wrap=True)
        if app.state.service.settings.console:
            from api.console.mount import add_console

            add_console(app)
            err.print(f"Console: {address}/console/ (sign in with a key)", highlight=False, soft_wrap=True)
        run(app, listening)


@keys.command()
def create(
    role: RoleName,
    district: District,
    label: Annotated[str, typer.Option(help="Whose key it is, or for what.")] = "",
    days: Annotated[int | None, typer.Option(min=1, help="Days until it runs out; default: never.")] = None,
) -> None:
    """Make a key and print it, this once: only a hash of it is kept."""
    from api.auth.keys import make_key
    from api.store.districts import add_key
    from api.store.records import Change, Role

    with faults_told(err):
        if role not in list(Role):
            raise option_fault("--role", f"{role!r} is no role.", f"There are {', '.join(Role)}.")
        if not _is_plain(district):
            raise option_fault("--district", f"{district!r} is no id.", "Use up to 64 letters, digits, '-' and '_'.")
        database = _database()
        lifetime = None if days is None else dt.timedelta(days=days)
        token, record = make_key(Role(role), district, label=label, lifetime=lifetime)
        add_key(database, record, Change(actor="command line"))
        database.close()
    typer.echo(token)


@keys.command("list")
def list_command(district: Annotated[str | None, typer.Option(help="Keys of this district only.")] = None) -> None:
    """List keys by their ids; the keys themselves are not known."""
    from api.store.districts import list_keys
    from api.store.engine import now

    database = _database()
    for key in list_keys(database, district):
        state = "valid" if key.is_valid(now()) else "ended"
        line = f"{key.key_id}  {key.district_id}  {key.role}  {state}  {key.created_at:%Y-%m-%d}  {key.label}"
        out.print(line.rstrip(), markup=False, highlight=False, soft_wrap=True)
    database.close()


@keys.command()
def revoke(key_id: Annotated[str, typer.Argument(help="Id of the key: the part between its underscores.")]) -> None:
    """Let a key and its sessions open nothing any more, from now on."""
    from api.store.districts import revoke_key
    from api.store.records import Change

    with faults_told(err):
        database = _database()
        if not revoke_key(database, key_id, Change(actor="command line")):
            raise option_fault("KEY_ID", f"there is no key {key_id!r}.", "`yizhan keys list` lists them.")
        database.close()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _database() -> Database:
    from api.settings import Settings
    from api.store.engine import Database
    from api.store.migrate import migrate

    database = Database(Settings().store_url)
    migrate(database)
    return database


def _bound(host: str, port: int) -> socket.socket:
    """A socket that listens: whether that works is known before anything else is begun."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise option_fault("--port", f"cannot listen on {host}:{port}: {error}.", "Choose another.") from None


def _make_demo(database: Database) -> None:
    """A first district with a day to plan, whose key is printed once."""
    from api.auth.keys import make_key
    from api.demo import load_demo
    from api.store.districts import add_key
    from api.store.records import Change, Role

    change = Change(actor="command line", reason="first start")
    token, record = make_key(Role.ADMIN, DEMO_DISTRICT, label="first key")
    add_key(database, record, change)
    load_demo(database, DEMO_DISTRICT, DEMO_SCENARIO, DEMO_TIME_LIMIT_S, change)
    err.print(
        f"The district {DEMO_DISTRICT!r} with scenario {DEMO_SCENARIO!r} is ready. Its key, shown this once:",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    typer.echo(token)


def _is_plain(text: str) -> bool:
    return 0 < len(text) <= 64 and all(char.isalnum() or char in "-_" for char in text)
