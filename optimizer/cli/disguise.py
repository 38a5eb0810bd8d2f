"""Writing a problem for others to see, with its travel matrix and perhaps a plan."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from optimizer.anonymize import Disguise
from optimizer.cli.load import World
from optimizer.cli.write import new_file, write_problem
from optimizer.formats.json import draft_to_json
from optimizer.plan import Draft


def disguise_for(secret: str | None, radius_m: float, replaces_ids: bool) -> Disguise:
    """A disguise by a secret text, or by a new secret that nobody knows."""
    key = secrets.token_bytes(32) if secret is None else hashlib.sha256(secret.encode()).digest()
    return Disguise(key=key, radius_m=radius_m, replaces_ids=replaces_ids)


def write_disguised(disguise: Disguise, world: World, draft: Draft | None, path: Path) -> list[Path]:
    """Write the problem to `path`, its matrix as ``.npz`` and a draft as ``.plan.json`` beside it; the files written.

    Raises
    ------
    InputError
        If an id tells who somebody is, or a file exists or cannot be written.
    """
    problem = disguise.problem(world.problem)
    paths = write_problem(problem, path, disguise.travel(world.travel))
    if draft is None:
        return paths
    draft_path = path.with_suffix(".plan.json")
    with new_file(draft_path) as file:
        file.write_bytes(draft_to_json(disguise.draft(draft), problem.horizon))
    return [*paths, draft_path]
