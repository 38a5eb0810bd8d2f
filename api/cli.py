"""Commands of the service: ``yizhan serve``, ``keys`` and ``users``, added to the command line by entry point.

What the service needs is loaded by the commands that need it, so that the others stay quick.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
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
users = typer.Typer(help="Let people sign in to the console with a password.", no_args_is_help=True)

RoleName = Annotated[str, typer.Option("--role", help="viewer, dispatcher, planner or admin.")]
UserName = Annotated[str, typer.Argument(metavar="NAME", help="What the user signs in as.")]
District = Annotated[str, typer.Option("--district", help="Id of the district; made where it does not exist.")]


def add_commands(app: typer.Typer) -> None:
    """Add the service's commands to the command line."""
    app.command()(serve)
    app.add_typer(keys, name="keys")
    app.add_typer(users, name="users")


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
        with _opening():
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
        _require_role_and_district(role, district)
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

    with faults_told(err):
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


@users.command("create")
def create_user(name: UserName, role: RoleName, district: District) -> None:
    """Let somebody sign in to the console; asks for the password twice."""
    from api.auth.keys import make_key
    from api.auth.passwords import hash_of
    from api.store.records import Change, Role
    from api.store.users import add_user

    with faults_told(err):
        _require_role_and_district(role, district)
        password = _new_password(name)
        database = _database()
        _, record = make_key(Role(role), district, label=name)
        try:
            add_user(database, name, record, hash_of(password), Change(actor="command line"))
        finally:
            database.close()


@users.command("password")
def change_password(name: UserName) -> None:
    """Give a user another password; asks for it twice. Sessions that are open go on."""
    from api.auth.passwords import hash_of
    from api.store.records import Change
    from api.store.users import set_password

    with faults_told(err):
        database = _database()
        if not set_password(database, name, hash_of(_new_password(name)), Change(actor="command line")):
            raise option_fault("NAME", f"there is no user {name!r}.", "`yizhan users list` lists them.")
        database.close()


@users.command("list")
def list_users_command() -> None:
    """List users with the keys that say what they may do; `yizhan keys revoke` ends one."""
    from api.store.districts import find_key
    from api.store.engine import now
    from api.store.users import list_users

    with faults_told(err):
        database = _database()
    for user in list_users(database):
        key = find_key(database, user.key_id)
        assert key is not None, "every user has a key"
        state = "valid" if key.is_valid(now()) else "ended"
        line = f"{user.name}  {key.key_id}  {key.district_id}  {key.role}  {state}"
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    database.close()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _require_role_and_district(role: str, district: str) -> None:
    from api.store.records import Role

    if role not in list(Role):
        raise option_fault("--role", f"{role!r} is no role.", f"There are {', '.join(Role)}.")
    if not _is_plain(district):
        raise option_fault("--district", f"{district!r} is no id.", "Use up to 64 letters, digits, '-' and '_'.")


def _new_password(name: str) -> str:
    """A password that was typed twice."""
    from api.auth.passwords import fault_of

    if not _is_plain(name):
        raise option_fault("NAME", f"{name!r} is no name.", "Use up to 64 letters, digits, '-' and '_'.")
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    if fault := fault_of(name, password):
        raise option_fault("Password", fault, "Choose another.")
    return password


def _database() -> Database:
    from api.settings import settings_of_environment
    from api.store.engine import Database
    from api.store.migrate import migrate

    with _opening():
        database = Database(settings_of_environment().store_url)
        migrate(database)
        return database


@contextmanager
def _opening() -> Iterator[None]:
    """Tell in a sentence why the database cannot be opened."""
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except (DBAPIError, OSError) as error:
        cause = str(error.orig if isinstance(error, DBAPIError) else error).partition("\n")[0]
        hint = "Look at YIZHAN_DATABASE_URL and YIZHAN_DATA_DIR."
        raise option_fault("database", f"it cannot be opened: {cause}.", hint) from error


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
