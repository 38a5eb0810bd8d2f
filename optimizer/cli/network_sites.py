"""Commands about sites and services: ``yizhan coverage``, ``site`` and ``baskets``.

What they need is loaded when they run, so that the other commands stay quick.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from optimizer.cli.faults import faults_told, option_fault
from optimizer.cli.load import Loaded, WorldOptions, load_problem
from optimizer.cli.options import LanguageName, Output, Source, TimeLimit, duration, parse_yuan, takes_world, yuan
from optimizer.cli.report import say, show_files, show_issues
from optimizer.cli.write import all_or_nothing, require_folder
from optimizer.formats.issues import choice_hint, did_you_mean
from optimizer.formats.words import Words
from optimizer.params import SolveParams
from optimizer.problem import Elder, Problem, StationKind

if TYPE_CHECKING:
    from optimizer.network.baskets import BasketRules, Baskets
    from optimizer.network.coverage import Coverage
    from optimizer.network.month_plan import MonthPlan
    from optimizer.network.rollout_plan import RollOutPlan
    from optimizer.network.sites import Community, RollOut, SitingGoal, Target

out = Console()
err = Console(stderr=True)

FILE_NAMES = {
    "coverage.xlsx": "shares by group, community and station",
    "coverage.html": "map; opens by double click, needs no network",
    "coverage.png": "the same as a picture",
    "isochrones.gpkg": "ground within a third, two thirds and all of the minutes, for map programs",
    "isochrones.geojson": "the same as GeoJSON",
    "site.xlsx": "what opens when, years, and all sites",
    "site.html": "map of the roll-out; opens by double click",
    "site.png": "the same as a picture",
    "sites.csv": "the sites decided about, to edit and give back with --sites",
    "baskets.xlsx": "services by elder, and totals",
    "rules.json": "catalogue and limits, to edit and give back with --rules",
    "days": "a problem for each service day, for `yizhan solve`",
    "streets": "streets of the district, for `yizhan solve --streets`",
    "plans": "a plan for each service day",
    "month.xlsx": "days, elders and workers of the month",
    "month.html": "the month as a calendar; opens by double click",
}

Minutes = Annotated[int, typer.Option(min=1, max=60, help="Walking time that counts as within reach.")]


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(coverage)
    app.command()(site)
    app.command()(baskets)


@takes_world(without=("matrix", "server"))
def coverage(
    src: Source,
    output: Output,
    minutes: Minutes = 15,
    capacity: Annotated[
        int | None, typer.Option(min=0, help="Elders a station can serve; default: its seats times the sittings.")
    ] = None,
    sittings: Annotated[int, typer.Option(min=1, help="Sittings a day of stations with seats.")] = 2,
    kind: Annotated[
        list[StationKind] | None, typer.Option(help="Kinds of station that count; may be repeated.")
    ] = None,
    *,
    options: WorldOptions,
    language: LanguageName = "zh",
) -> None:
    """The 15-minute circle of SRC: who walks to a station in time, who has a place there, and how evenly that falls."""
    from optimizer.cli.network_site_files import write_coverage
    from optimizer.network.circle import SERVING_KINDS, circle_of

    with faults_told(err):
        loaded = _load(src, output, options)
        problem, kinds = loaded.problem, kind or SERVING_KINDS
        if not any(station.kind in kinds for station in problem.stations):
            raise option_fault("--kind", "SRC has no station of these kinds.", "Name others.")
        circle = circle_of(
            problem, loaded.streets, limit_s=60 * minutes, kinds=kinds, capacity=capacity, num_sittings=sittings
        )
        with all_or_nothing(output) as folder:
            names = write_coverage(folder, problem, circle, Words(language))
    _show_coverage(problem.name, circle.coverage, minutes)
    _show_files(output, names)


@takes_world(without=("matrix", "server"))
def site(
    src: Source,
    output: Output,
    budget: Annotated[
        list[int],
        typer.Option(
            parser=parse_yuan, metavar="YUAN", help="Money of a year; once for each year, or once with --years."
        ),
    ],
    years: Annotated[int | None, typer.Option(min=1, max=30, help="Years with the same budget.")] = None,
    sites: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Candidate sites (.csv or .xlsx); default: proposed ones.")
    ] = None,
    communities: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Table of communities: kind and pilots.")
    ] = None,
    pilot: Annotated[list[str] | None, typer.Option(help="Pilot community; may be repeated.")] = None,
    village: Annotated[list[str] | None, typer.Option(help="Community that is a village; may be repeated.")] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND=SHARE[@YEAR]", help="E.g. urban=0.85 or village=0.8@3; may be repeated."),
    ] = None,
    goal: Annotated[str, typer.Option(help="cover, worst-group or cost.")] = "cover",
    per_community: Annotated[int, typer.Option(min=1, max=20, help="Sites proposed in each community.")] = 2,
    capacity: Annotated[int | None, typer.Option(min=1, help="Elders that a proposed site can serve.")] = None,
    from_nothing: Annotated[
        bool, typer.Option("--from-nothing", help="Stations of SRC are candidates like others, not open yet.")
    ] = False,
    most_per_year: Annotated[int | None, typer.Option(min=0, help="Most sites opened in one year.")] = None,
    carry_over: Annotated[bool, typer.Option(help="Money left over may be spent later.")] = True,
    minutes: Minutes = 15,
    time_limit: TimeLimit = None,
    *,
    options: WorldOptions,
    language: LanguageName = "zh",
) -> None:
    """Decide which stations open where and when in SRC, under yearly budgets, with the proven gap."""
    from optimizer.cli.network_site_files import write_roll_out
    from optimizer.network.catchment import catchment_of
    from optimizer.network.rollout import roll_out_plan
    from optimizer.network.site_tables import read_communities, read_sites
    from optimizer.network.sites import RollOut, candidate_sites
    from optimizer.travel.straight import walking_mode

    with faults_told(err):
        loaded = _load(src, output, options)
        problem, elders = loaded.problem, loaded.problem.elders
        listed = (
            candidate_sites(problem, per_community=per_community, capacity=capacity, are_stations_open=not from_nothing)
            if sites is None
            else read_sites(sites)
        )
        named = () if communities is None else read_communities(communities)
        budgets = _budgets(budget, years)
        roll_out = RollOut(
            sites=listed,
            budget_cents=budgets,
            communities=_communities(named, elders, pilot or [], village or []),
            targets=_targets(target or [], len(budgets)),
            goal=_goal(goal),
            carries_over=carry_over,
            max_openings=most_per_year,
        )
        walking = walking_mode(problem.modes)
        places = [each.place for each in roll_out.sites]
        catchment = catchment_of(elders, places, walking, streets=loaded.streets, limit_s=60 * minutes)
        plan = roll_out_plan(roll_out, catchment, time_limit_s=time_limit)
        with all_or_nothing(output) as folder:
            names = write_roll_out(
                folder,
                problem,
                roll_out=roll_out,
                catchment=catchment,
                plan=plan,
                streets=loaded.streets,
                words=Words(language),
            )
    _show_roll_out(roll_out, plan)
    _show_files(output, names)


@takes_world(without=("matrix", "server"))
def baskets(
    src: Source,
    output: Output,
    rules: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Catalogue, entitlements, wishes and limits as JSON.")
    ] = None,
    budget: Annotated[int | None, yuan("Money of the month.")] = None,
    days: Annotated[int, typer.Option(min=1, max=31, help="Service days of the month.")] = 26,
    first_date: Annotated[str | None, typer.Option(metavar="DATE", help="First day, like 2026-03-02.")] = None,
    plan_days: Annotated[
        float | None, duration("Also plan every day, each for so long; days know those before them.")
    ] = None,
    time_limit: TimeLimit = None,
    *,
    options: WorldOptions,
    language: LanguageName = "zh",
) -> None:
    """Choose the services each elder of SRC gets in a month, and write the problems of its days, or plan them too."""
    from optimizer.cli.month_files import month_note, write_month
    from optimizer.cli.network_site_files import read_rules, write_baskets
    from optimizer.network.baskets import choose_baskets
    from optimizer.network.month import month_problems

    with faults_told(err):
        loaded = _load(src, output, options)
        problem = loaded.problem
        used = read_rules(problem, rules, num_days=days, budget_cents=budget)
        chosen = choose_baskets(problem.elders, used, time_limit_s=time_limit)
        date = None if first_date is None else _date(first_date)
        month = month_problems(problem, chosen.times_by_elder_id, num_days=days, first_date=date)
        limits = None if plan_days is None else SolveParams(time_limit_s=plan_days, seed=options.seed, explain=False)
        planned = None if limits is None else _planned(loaded, month, limits)
        with all_or_nothing(output) as folder:
            names = write_baskets(folder, problem, rules=used, chosen=chosen, month=month, streets=loaded.streets)
            names += [] if planned is None else write_month(folder, problem.name, planned, Words(language))
    _show_baskets(problem.name, used, chosen)
    if planned is not None:
        say(out, month_note(planned, Words("en")))
    _show_files(output, names)


def _planned(loaded: Loaded, days: Sequence[Problem], limits: SolveParams) -> MonthPlan:
    """All days of a month planned in their order."""
    from optimizer.cli.planning import working
    from optimizer.network.month_plan import DayFigures, plan_month
    from optimizer.travel import build_travel
    from optimizer.travel.cache import default_cache_dir

    with working(err, "Planning the month") as say:

        def tell(day: DayFigures) -> None:
            say(f"{day.date}: {day.num_served} of {day.num_visits} visits")

        travel = build_travel(loaded.problem, streets=loaded.streets, cache_dir=default_cache_dir())
        return plan_month(days, travel, limits, on_day=tell)


def _load(src: str, output: Path, options: WorldOptions) -> Loaded:
    require_folder(output)
    loaded = load_problem(src, options)
    show_issues(err, loaded.warnings)
    if not loaded.problem.elders:
        raise option_fault("SRC", "it has no elders.", "Give a district with its elders.")
    return loaded


def _budgets(cents: list[int], years: int | None) -> tuple[int, ...]:
    if years is not None and len(cents) > 1:
        raise option_fault("--years", "each year has its budget already.", "Give one --budget with --years.")
    return tuple(cents) * (years or 1)


def _communities(
    listed: Sequence[Community], elders: Sequence[Elder], pilots: list[str], villages: list[str]
) -> tuple[Community, ...]:
    """Communities of the table, and those named as options."""
    from optimizer.network.sites import Community, CommunityKind

    lived_in = dict.fromkeys(elder.community for elder in elders)
    for option, names in (("--pilot", pilots), ("--village", villages)):
        for name in names:
            if name not in lived_in:
                raise option_fault(option, f"no elder lives in {name!r}.", choice_hint(name, lived_in))
    found = {each.community: each for each in listed}
    for name in dict.fromkeys([*pilots, *villages]):
        before = found.get(name, Community(community=name))
        found[name] = Community(
            community=name,
            kind=CommunityKind.VILLAGE if name in villages else before.kind,
            is_pilot=name in pilots or before.is_pilot,
        )
    return tuple(found.values())


def _targets(texts: list[str], num_years: int) -> tuple[Target, ...]:
    """``urban=0.85`` in the last year, ``village=0.8@3`` in the third."""
    from optimizer.network.sites import CommunityKind, Target

    found = []
    for text in texts:
        match = re.fullmatch(r"(\w+)=(0?\.\d+|[01](?:\.0+)?)(?:@(\d+))?", text)
        if match is None or match[1] not in set(CommunityKind):
            kind = text.partition("=")[0]
            meant = "" if kind in set(CommunityKind) else did_you_mean(kind, [str(each) for each in CommunityKind])
            hint = f"{meant} Write it like urban=0.85 (85 %) or village=0.8@3 (by the third year).".strip()
            raise option_fault("--target", f"{text!r} is no target.", hint)
        found.append(Target(kind=CommunityKind(match[1]), share=float(match[2]), year=int(match[3] or num_years)))
    return tuple(found)


def _goal(text: str) -> SitingGoal:
    from optimizer.network.sites import SitingGoal

    goals = [str(goal) for goal in SitingGoal]
    if text not in goals:
        raise option_fault("--goal", f"{text!r} is no goal.", choice_hint(text, goals))
    return SitingGoal(text)


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise option_fault("--first-date", f"{text!r} is no date.", "Write it like 2026-03-02.") from None


def _show_coverage(name: str, found: Coverage, minutes: int) -> None:
    table = Table("", "elders", "within reach", "with a place", title=f"{name}: {minutes}-minute circle")
    rows = {"all": found.total, **found.by_group}
    for group, each in rows.items():
        table.add_row(group, str(each.num_elders), _share(each.covered_share), _share(each.placed_share))
    out.print(table)
    gini = "-" if found.access_gini is None else f"{found.access_gini:.3f}"
    walk = "-" if found.walk_mean_s is None else f"{found.walk_mean_s / 60:.1f} min"
    say(
        out,
        f"{found.num_communities_covered} of {len(found.by_community)} communities are covered; mean walk {walk}; "
        f"Gini of places per elder {gini}.",
    )


def _show_roll_out(roll_out: RollOut, plan: RollOutPlan) -> None:
    from optimizer.cli.network_site_files import year_rows

    table = Table("year", "opened", "open", "million yuan", "within reach", "with a place", "urban", "villages")
    for row in year_rows(roll_out, plan):
        table.add_row(*row)
    out.print(table)
    missed = f"; {plan.num_short} communities short of the targets (at least {plan.num_short_bound})"
    say(
        out,
        f"{roll_out.goal}: {plan.value:,}, at best {plan.bound:,} (gap {100 * plan.gap_share:.2f} %, {plan.proof}); "
        f"{plan.total_cents / 100:,.0f} yuan in all{missed if plan.num_short else '; every target is met'}.",
    )


def _show_baskets(name: str, rules: BasketRules, chosen: Baskets) -> None:
    table = Table("service", "visits", "elders", "yuan", title=f"{name}: baskets of the month")
    for offer in rules.offers:
        times = [each[offer.service] for each in chosen.times_by_elder_id.values() if offer.service in each]
        yuan = sum(times) * offer.price_cents / 100
        table.add_row(offer.service, str(sum(times)), str(len(times)), f"{yuan:,.0f}")
    out.print(table)
    say(
        out,
        f"worth {chosen.worth / 1000:,.1f} points, at best {chosen.worth_bound / 1000:,.1f} "
        f"(gap {100 * chosen.gap_share:.3f} %, {chosen.proof}); {chosen.spent_cents / 100:,.0f} yuan; "
        f"{chosen.num_missed} entitled visits missed (at least {chosen.num_missed_bound}).",
    )


def _share(share: float) -> str:
    return f"{100 * share:.1f} %"


def _show_files(output: Path, names: Sequence[str]) -> None:
    show_files(out, [output / name for name in names], lambda path: FILE_NAMES.get(path.name, ""))
