"""Everything that one server process has, in one place: made once by the app, handed to routes by dependency."""

from __future__ import annotations

from dataclasses import dataclass

from api.answers import Answers
from api.auth import passwords
from api.auth.keys import KeyVerifier, key_id_of
from api.auth.limits import RateLimits
from api.auth.sessions import SessionSigner
from api.desks import Desks
from api.errors import Refusal
from api.jobs.runner import JobRunner
from api.metrics import Metrics
from api.network_intake import NetworkDesk
from api.settings import Settings
from api.store.district import DistrictStore
from api.store.districts import find_key, service_secret
from api.store.engine import Database, now
from api.store.queue import Queue
from api.store.records import Caller, Role
from api.store.users import find_user, note_sign_in
from api.worlds import Worlds

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="yizhan"'}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Store, jobs, keys, limits, kept answers and published days of one process."""

    settings: Settings
    database: Database
    queue: Queue
    jobs: JobRunner
    metrics: Metrics
    limits: RateLimits
    verifier: KeyVerifier
    sessions: SessionSigner
    worlds: Worlds
    answers: Answers
    desks: Desks
    networks: NetworkDesk

    def store_of(self, caller: Caller) -> DistrictStore:
        """The problems and plans of the caller's district, and no others."""
        return DistrictStore(self.database, caller.district_id)

    def caller_of(self, token: str, address: str) -> Caller:
        """Who sends `token`.

        Raises
        ------
        Refusal
            401 where it opens nothing, 429 where the caller asks too often or the address guesses.
        """
        caller = self._caller_by_key(token, address) if key_id_of(token) else self._caller_by_session(token)
        if caller is None:
            if token:
                self.limits.count_failed_login(address)
            detail = "the key or session is wrong or has run out." if token else "there is no key."
            cure = "Send `Authorization: Bearer KEY`; `yizhan keys create` makes one."
            raise Refusal(401, "not-authenticated", f"{detail} {cure}", headers=_CHALLENGE)
        self.limits.count_request(caller.key_id)
        return caller

    def caller_of_user(self, name: str, password: str, address: str) -> Caller:
        """Who signs in with a name and a password, which is written down.

        Raises
        ------
        Refusal
            401 where they do not belong together or the user's key was revoked, 429 where an address, or anybody about
            this name, guesses.
        """
        guesses = (address, f"user {name}")
        for who in guesses:
            self.limits.require_logins_left(who)
        user = find_user(self.database, name)
        is_known = passwords.fits(password, None if user is None else user.password_hash)
        key = None if user is None else find_key(self.database, user.key_id)
        if not is_known or key is None or not key.is_valid(now()):
            for who in guesses:
                self.limits.count_failed_login(who)
            raise Refusal(401, "not-authenticated", "name and password do not belong together.", headers=_CHALLENGE)
        note_sign_in(self.database, name)
        return Caller(key_id=key.key_id, district_id=key.district_id, role=key.role)

    def _caller_by_key(self, token: str, address: str) -> Caller | None:
        """Who has this key; who guesses at an address stops no key that was verified lately, there or elsewhere."""
        record = find_key(self.database, key_id_of(token) or "")
        if record is None or not self.verifier.remembers(token, record):
            self.limits.require_logins_left(address)
        if record is None or not record.is_valid(now()) or not self.verifier.fits(token, record):
            return None
        return Caller(key_id=record.key_id, district_id=record.district_id, role=record.role)

    def _caller_by_session(self, token: str) -> Caller | None:
        caller = self.sessions.read(token) if token else None
        record = None if caller is None else find_key(self.database, caller.key_id)
        if caller is None or record is None or not record.is_valid(now()):
            return None
        is_within = caller.role.rank <= record.role.rank and caller.district_id == record.district_id
        return caller if is_within else None


def make_service(settings: Settings, database: Database) -> Service:
    """The service over a database whose tables are there."""
    given = settings.secret_key
    secret = service_secret(database, "sessions") if given is None else given.get_secret_value().encode()
    queue, metrics, worlds = Queue(database), Metrics(), Worlds(settings.streets, settings.max_square_places)
    metrics.watch_queue(queue.num_pending_by_state)
    return Service(
        settings=settings,
        database=database,
        queue=queue,
        jobs=JobRunner(settings, queue, metrics),
        metrics=metrics,
        limits=RateLimits(settings.rate_limit, settings.failed_login_limit),
        verifier=KeyVerifier(),
        sessions=SessionSigner(secret, settings.session_s),
        worlds=worlds,
        answers=Answers(settings.answers_mb * 2**20),
        desks=Desks(),
        networks=NetworkDesk(settings),
    )


def require_role(caller: Caller, role: Role) -> None:
    """Refuse a caller whose role does not go as far as `role`."""
    if caller.role.rank < role.rank:
        detail = f"this takes the role {role.value!r}; the key's is {caller.role.value!r}. Ask for another key."
        raise Refusal(403, "not-allowed", detail)
