"""What the commands of network planning say: tables of territories, dining, echelons and staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from optimizer.cli.report import MAX_ROWS, say
from optimizer.network.dining import Dining
from optimizer.network.kitchen import KitchenPlan
from optimizer.network.sizing import Sizing, SizingParams
from optimizer.network.territories import Territories
from optimizer.units import SECONDS_PER_DAY


def show_territories(console: Console, found: Territories) -> None:
    """Stations with their elders, and how good that is at best."""
    table = Table(title="Territories", title_style="bold")
    for name in ("station", "elders", "room", "at the centre", "urgent", "mean way", "longest way", "room worth"):
        table.add_column(name, justify="left" if name == "station" else "right")
    for load in found.stations[:MAX_ROWS]:
        mean, longest = (_minutes(way_s) for way_s in (load.mean_way_s, load.max_way_s))
        counts = (load.num_elders, load.capacity, load.num_at_centre, load.num_urgent)
        worth = "an elder" if load.room_price_s >= SECONDS_PER_DAY else _minutes(load.room_price_s)
        table.add_row(load.station_id, *map(str, counts), mean, longest, worth)
    console.print(table)
    if len(found.stations) > MAX_ROWS:
        say(console, f"… and {len(found.stations) - MAX_ROWS} more stations, in territories.xlsx.")
    num_placed = len(found.elders) - found.num_left_out
    say(
        console,
        f"{num_placed} of {len(found.elders)} elders have a station, {found.num_moved} a new one; cost "
        f"{found.cost:,} weighted seconds, proven bound {found.bound:,} (gap {100 * found.gap_share:.2f} %).",
    )
    reasons = [elder.why_not for elder in found.elders if elder.station_id is None]
    _say_left_out(console, reasons, "elder has no station", "elders have no station", "territories.xlsx")


def show_dining(console: Console, found: Dining, delivered: Dining) -> None:
    """Places with their diners and deliveries, and what it costs beside delivering everything."""
    places = Table(title="Places", title_style="bold")
    for name in ("station", "kind", "eat", "seats", "brought", "out", "cooked", "yuan"):
        places.add_column(name, justify="left" if name in {"station", "kind"} else "right")
    for use in found.places[:MAX_ROWS]:
        counts = (use.num_dining, use.num_seats, use.num_delivered, use.portions_out, use.portions_cooked)
        places.add_row(use.station_id, use.supplier_kind or "", *map(str, counts), f"{use.cost_cents / 100:,.0f}")
    console.print(places)
    compared = Table(title="Dining points open, and all delivered", title_style="bold")
    for name in ("", "open", "all delivered"):
        compared.add_column(name, justify="right" if name else "left")
    for how, text in (("dine", "eat there"), ("deliver", "delivered"), ("none", "not served")):
        compared.add_row(text, str(found.num(how)), str(delivered.num(how)))
    for payer in ("cost", "government", "village", "elder"):
        sums = (sum(getattr(meal, f"{payer}_cents") for meal in each.meals) for each in (found, delivered))
        compared.add_row(f"{payer}, yuan", *map(_yuan, sums))
    worth = (f"{_yuan(each.worth_cents)} ({100 * each.gap_share:.3f} %)" for each in (found, delivered))
    compared.add_row("minimised, yuan (gap)", *worth)
    console.print(compared)
    reasons = [meal.why_not for meal in found.meals if meal.how == "none"]
    _say_left_out(console, reasons, "meal is not served", "meals are not served", "dining.xlsx")
    if not found.num("dine") and not reasons:
        say(console, "Nobody eats at a table: no place with seats is in reach, or no sitting fits a meal's window.")


def _say_left_out(console: Console, reasons: Sequence[str], one: str, many: str, file_name: str) -> None:
    """How many are left out, and why for the first of them."""
    if reasons:
        console.print(
            f"{len(reasons)} {one if len(reasons) == 1 else many}, for example: {reasons[0]} All reasons stand in "
            f"{file_name}.",
            style="yellow",
            markup=False,
            highlight=False,
            soft_wrap=not console.is_terminal,
        )


def show_echelons(console: Console, found: Mapping[str, KitchenPlan]) -> None:
    """How stations are fed, and every round of every way of cooking."""
    fed = Table(title="How stations are fed", title_style="bold")
    for name in ("station", "van", "brought", "needed", "waits", "portions", "loadings"):
        fed.add_column(name, justify="left" if name in {"station", "van"} else "right")
    for feeding in next(iter(found.values())).feedings[:MAX_ROWS]:
        times = ((feeding.brought or "")[:5], (feeding.needed or "")[:5], _minutes(feeding.wait_s))
        fed.add_row(
            feeding.station_id, feeding.worker_id or "", *times, str(feeding.portions), str(feeding.num_loadings)
        )
    console.print(fed)
    told = Table(title="Rounds", title_style="bold")
    for name in ("round", "yuan", "unserved", "late runs", "on time", "age", "too old", "km"):
        told.add_column(name, justify="left" if name == "round" else "right")
    for name, kitchen_plan in found.items():
        told.add_section()
        told.add_row(name, style="bold")
        best = kitchen_plan.best_round
        for each in kitchen_plan.rounds:
            told.add_row(
                f"  {each.deadlines}{' *' if each is best else ''}",
                f"{each.cost_cents / 100:,.0f}",
                str(each.num_unserved),
                str(each.num_late_runs),
                "" if each.on_time_share is None else f"{100 * each.on_time_share:.1f} %",
                _minutes(each.chain_p95_s),
                str(each.num_too_old),
                f"{each.distance_m / 1000:,.0f}",
            )
    console.print(told)
    say(
        console,
        "* the plan that is kept; age: from kitchen to elder, 95th percentile. No violation (checked by the judge).",
    )


def show_sizing(console: Console, found: Sizing, params: SizingParams) -> None:
    """Workers now and found, the curve around them, and what is proven."""
    types = Table(title="Workers", title_style="bold")
    for name in ("type", "now", "found"):
        types.add_column(name, justify="left" if name == "type" else "right")
    for each in found.types:
        types.add_row(each.type_name, str(each.num_now), str(each.num_found))
    types.add_row("all", str(sum(t.num_now for t in found.types)), str(found.found.num_workers), style="bold")
    console.print(types)
    curve = Table(title="What other numbers buy", title_style="bold")
    for name in ("fleet", "workers", "on time, worst day", "served, worst day", "pay a day, yuan", "cost a day, yuan"):
        curve.add_column(name, justify="right")
    for percent, trial in zip(params.levels_percent, found.curve, strict=True):
        shares = (f"{100 * share:.1f} %" for share in (trial.on_time_share, trial.served_share))
        money = (f"{cents / 100:,.0f}" for cents in (trial.pay_cents, trial.cost_cents))
        curve.add_row(f"{percent} %", str(trial.num_workers), *shares, *money)
    console.print(curve)
    asked = f"{100 * params.on_time_share:g} %"
    proven = (
        f"no number of workers of these types reaches {asked}"
        if found.least_workers is None
        else f"fewer than {found.least_workers} workers of these types cannot reach {asked}"
    )
    say(
        console,
        f"{found.found.num_workers} workers serve {100 * found.found.on_time_share:.1f} % on time on the worst day; "
        f"{len(found.trials)} fleets tried. Proven: {proven}.",
    )


def _yuan(cents: int) -> str:
    return f"{cents / 100:,.2f}"


def _minutes(duration_s: float | None) -> str:
    return "" if duration_s is None else f"{duration_s / 60:.1f} min"
