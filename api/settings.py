"""What an operator may choose, read from environment variables ``YIZHAN_*``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import limits
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from optimizer.errors import InputError, Issue

_PREFIX = "YIZHAN_"
_SCHEMES = ("sqlite", "postgres", "postgresql", "postgresql+psycopg")


def default_data_dir() -> Path:
    """``$XDG_DATA_HOME/yizhan``, or ``~/.local/share/yizhan``."""
    home = os.environ.get("XDG_DATA_HOME")
    return (Path(home) if home else Path.home() / ".local" / "share") / "yizhan"


def _rate(text: str) -> str:
    try:
        limits.parse(text)
    except ValueError:
        raise ValueError("it is no rate; write it like 30/minute") from None
    return text


def _database(url: SecretStr) -> SecretStr:
    scheme, separator, _ = url.get_secret_value().partition("://")
    if not separator or scheme not in _SCHEMES:
        raise ValueError("it is no address of a database; write it like postgresql://user:secret@host/yizhan")
    return url


Rate = Annotated[str, AfterValidator(_rate)]


class Settings(BaseSettings):
    """Settings of one server process; every field is the variable of its name in capitals after ``YIZHAN_``."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, hide_input_in_errors=True)

    database_url: Annotated[SecretStr, AfterValidator(_database)] | None = Field(
        default=None,
        description="Database, e.g. postgresql://user:secret@host/yizhan; an SQLite file in the data folder.",
    )
    data_dir: Path = Field(default_factory=default_data_dir, description="Folder of the SQLite files.")
    secret_key: SecretStr | None = Field(
        default=None, min_length=32, description="Signs sessions; one kept in the database is used where none is given."
    )
    streets: Path | None = Field(
        default=None, description="Street graph that problems travel on; straight lines without it."
    )

    executor_id: str = Field(
        default="local",
        min_length=1,
        description="Name of this process among those that share the database; each has its own.",
    )
    num_solves: int = Field(
        default=1, ge=0, description="Plans made side by side by this process; 0 only takes orders."
    )
    max_queue: int = Field(default=1000, ge=1, description="Plans that may wait or be made at once, of all districts.")
    max_queue_of_district: int = Field(default=600, ge=1, description="The same for one district.")
    max_studies_of_district: int = Field(
        default=20, ge=1, description="Studies of one district that may wait or be under way at once."
    )
    max_study_runs: int = Field(default=500, ge=1, description="Most plans of one study.")
    max_study_s: float = Field(
        default=86_400.0, gt=0, description="So long may a study take in one go, in seconds; it can be resumed."
    )
    max_networks: int = Field(
        default=2, ge=1, description="Questions about the network that are worked out at once by this process."
    )
    max_network_s: float = Field(
        default=60.0, gt=0, description="So long may such a question be worked out, in seconds."
    )
    max_network_ways: int = Field(
        default=2_000_000, ge=1, description="Most pairs of elders and stations (or sites, by year) of such a question."
    )
    max_solve_s: float = Field(default=3600.0, gt=0, description="Longest time limit of a solve, in seconds.")
    stop_grace_s: float = Field(
        default=60.0,
        gt=0,
        description="Seconds beyond its limit that a solve has to finish before its process is ended.",
    )
    memory_limit_mb: int = Field(default=4096, ge=256, description="Memory of the process of one solve, in MiB.")

    max_body_bytes: int = Field(default=32 * 2**20, ge=1024, description="Largest request body.")
    max_visits: int = Field(default=20_000, ge=1, description="Most visits of a problem.")
    max_places: int = Field(
        default=20_000, ge=1, description="Most places of a problem; travel times grow with its square."
    )
    max_square_places: int = Field(
        default=3_000,
        ge=1,
        description="Most places of a problem between which this process keeps all travel times, for checks, edits and "
        "published days; beyond, straight lines are worked out as they are read, and streets are refused.",
    )
    max_wait_s: float = Field(
        default=60.0, ge=0, description="Longest wait that `Prefer: wait` is granted, in seconds."
    )
    explain_s: float = Field(
        default=5.0, gt=0, description="Time for reasons and remedies asked for afterwards, in seconds."
    )
    rate_limit: Rate = Field(default="30000/minute", description="Requests of one key.")
    failed_login_limit: Rate = Field(default="30/minute", description="Requests with a wrong key, of one address.")
    session_s: int = Field(default=3600, ge=60, description="Life of a session, in seconds.")
    idempotency_s: int = Field(
        default=86_400, ge=60, description="How long an idempotency key is remembered, in seconds."
    )

    console: bool = Field(default=True, description="Whether the console is served, at /console/.")
    tile_url: str = Field(
        default="",
        description="Map tiles below the console's map, e.g. https://tiles.example/{z}/{x}/{y}.png; the problem's own "
        "streets without it, and no request leaves the host.",
    )

    answers_mb: int = Field(default=128, ge=0, description="Memory for answers that are asked for again, in MiB.")
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(str.upper)] = Field(
        default="INFO", description="Lowest level that is logged."
    )
    otel_endpoint: str | None = Field(
        default=None,
        description="OpenTelemetry collector for traces and durations of requests, e.g. http://localhost:4318; needs "
        "the extra `otel`.",
    )

    @property
    def store_url(self) -> str:
        """SQLAlchemy's URL of the store."""
        if self.database_url is None:
            return f"sqlite:///{self.data_dir / 'yizhan.sqlite'}"
        scheme, _, rest = self.database_url.get_secret_value().partition("://")
        return f"{'postgresql+psycopg' if scheme in {'postgres', 'postgresql'} else scheme}://{rest}"

    @property
    def jobs_url(self) -> str:
        """URL of the job records: the same PostgreSQL database, or an SQLite file of their own beside the store's."""
        if self.store_url.startswith("sqlite:///"):
            store = Path(self.store_url.removeprefix("sqlite:///"))
            return f"sqlite:///{store.with_name(f'{store.stem}-jobs{store.suffix}')}"
        return self.store_url.replace("postgresql+psycopg://", "postgresql://")


def settings_of_environment() -> Settings:
    """The settings that the environment states.

    Raises
    ------
    InputError
        With every variable that breaks its law; values are not repeated, for some are secret.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise InputError([_issue(str(fault["loc"][0]), fault["msg"]) for fault in error.errors()]) from None


def _issue(name: str, message: str) -> Issue:
    law = message.removeprefix("Value error, ")
    hint = "docs/api.md lists all settings."
    return Issue(code="bad-value", path=f"{_PREFIX}{name.upper()}", message=f"{law}.", hint=hint)
