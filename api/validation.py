"""Every issue of a problem that somebody is still working on."""

from __future__ import annotations

from api.bodies import read_problem
from api.resources import Validation
from api.settings import Settings
from optimizer.errors import InputError


def validation_of(data: bytes, content_type: str, settings: Settings) -> Validation:
    """What is wrong with a body that is to state a problem; faults are the answer here, not an error."""
    try:
        read = read_problem(data, content_type, settings)
    except InputError as error:
        return Validation(is_valid=False, issues=error.issues)
    return Validation(is_valid=True, issues=read.warnings)
