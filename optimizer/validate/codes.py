"""The kinds of issue a problem can have, by stable code, and how one is written."""

from __future__ import annotations

from optimizer.errors import Issue, Severity

ERROR_CODES: dict[str, str] = {
    "id-empty": "An id has at least one character.",
    "id-duplicate": "No two things of one kind share an id.",
    "unknown-station": "A station that is referred to exists.",
    "unknown-elder": "An elder who is referred to exists.",
    "unknown-worker": "A worker who is referred to exists.",
    "unknown-visit": "A visit that is referred to exists.",
    "unknown-meal-type": "A meal type that is demanded or supplied is listed.",
    "unknown-mode": "A vehicle moves by one of the problem's travel modes.",
    "unknown-service": "Where a catalogue of services is given, every service is in it.",
    "horizon-empty": "The horizon has at least one day.",
    "unknown-time-zone": "The time zone is one of the IANA time zones.",
    "coordinates-invalid": "A longitude lies in -180..180 and a latitude in -90..90 degrees.",
    "quantity-too-small": "Durations, distances, counts and prices are 0 or more, percentages 1 or more.",
    "share-invalid": "A share lies between 0 and 1.",
    "speed-invalid": "A travel mode's speed is a number above 0.",
    "peak-invalid": "The peaks of a travel mode start before they end, lie within one day and do not overlap.",
    "window-reversed": "A time window does not end before it starts.",
    "window-outside-horizon": "A visit's time window starts on a day of the horizon.",
    "soft-outside-window": "The soft part of a time window lies inside it and is not reversed.",
    "visit-without-window": "A visit has at least one time window.",
    "visit-without-place": "A visit has a place or an elder whose home is the place.",
    "num-workers-invalid": "A visit needs at least one worker and no more than there are.",
    "shared-demand": "A visit with portions is done by one worker.",
    "supply-run-without-demand": "A supply run carries portions.",
    "supply-run-to-itself": "A supply run may take its portions from another station than the one it brings them to.",
    "pin-forbidden": "A visit is not pinned to a worker whom the elder refuses.",
    "pin-outside-windows": "A pinned start lies inside one of the visit's time windows.",
    "shift-reversed": "A shift does not end before it starts.",
    "shift-outside-horizon": "A shift starts on a day of the horizon.",
    "shifts-overlap": "The shifts of one worker do not overlap.",
    "soft-outside-shift": "The soft end of a shift lies inside it.",
    "break-reversed": "The latest start of a break is not before its earliest.",
    "break-outside-shift": "A break can be taken in full inside its shift.",
    "breaks-clash": "Any two mandatory breaks of a shift can be taken one after the other.",
    "link-to-itself": "A link binds two different visits.",
    "gap-reversed": "The maximum of a gap is not below its minimum.",
    "link-contradiction": "Two visits are not bound to the same and to different workers at once.",
    "link-cycle": "No visit comes before itself by way of other visits.",
    "place-without-travel": "Every place of the problem is in the travel matrix.",
    "mode-without-travel": "Every vehicle's travel mode is in the travel matrix.",
}
"""The law behind every error, by code. A problem with an error cannot be solved."""

WARNING_CODES: dict[str, str] = {
    "visit-unservable": "Enough workers can do each visit: by skill, reliability, consent, shift, way and capacity.",
    "visit-without-supplier": "Some station may supply, in reach of the visit, every meal type that it demands.",
    "supply-short": "The kitchens' waves bring at least as many portions of a meal type as the visits demand.",
    "diet-mismatch": "An elder on a diet is brought meals of that diet.",
    "limit-without-demand": "Ready times and times on board belong to visits with portions.",
    "worker-without-shift": "Every worker has a shift.",
}
"""What one may expect of a problem, by code. A problem that falls short of it can be solved."""

DRAFT_ERROR_CODES: dict[str, str] = {
    "unknown-shift": "A shift that a route is for is one of the worker's.",
    "unknown-break": "A break that is taken is one of the shift's.",
    "step-id": "A step names the one thing that its kind is about: a visit, a station or a break.",
}
"""The law behind every error of a draft that problems do not have as well, by code."""

ISSUE_CODES: dict[str, str] = {**ERROR_CODES, **WARNING_CODES}
"""The sentence of every issue code that :func:`optimizer.validate.validate_problem` may return."""


def issue(code: str, path: str, message: str, hint: str) -> Issue:
    """An issue of a listed kind; the kind decides whether it is an error or a warning."""
    severity = Severity.WARNING if code in WARNING_CODES else Severity.ERROR
    return Issue(code=code, path=path, message=message, hint=hint, severity=severity)
