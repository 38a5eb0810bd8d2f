"""How a search is run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a search is run; ``python -m benchmarks.ablation`` measures other values against these.

    Parameters
    ----------
    num_removed, max_string
        Visits that a step takes out on average, and length of a string at most (Christiaens & Vanden Berghe 2020).
    num_near, min_routes
        A visit is tried in the routes of so many of its nearest visits, and in so many routes at least if there are.
    hot, hot_bound, cold
        First temperature, also where visits of different routes depend on each other, and last one, as shares of what
        the start plan typically saves without one of its visits.
    max_whole
        Problems with more visits are cut, a piece for each thread.
    max_whole_bound, cut_share_bound
        Where visits are bound to each other, problems with more visits are cut for that share of the time: what is
        bound to another piece does not move, which makes steps quick but leaves some moves out.
    max_recombined
        Routes of larger problems are not recombined: the linear relaxation alone takes seconds there.
    cycle_ends
        Shares of the time at which the temperature has fallen, where routes are recombined; then it rises again.
    reheat
        The first temperature of later cycles, as a share of that of the first one.
    exchanges
        Shares of the time at which all threads go on from where the best one stands, where routes are not recombined:
        what two runs reach differs by percents where visits are bound to each other.
    recombine_share, max_recombine_s
        Share of the time, and seconds, that one recombination may take.
    """

    num_removed: float = 10.0
    max_string: float = 10.0
    num_near: int = 40
    min_routes: int = 12
    hot: float = 12.0
    hot_bound: float = 6.0
    cold: float = 0.08
    max_whole: int = 400
    max_whole_bound: int = 300
    cut_share_bound: float = 0.5
    max_recombined: int = 300
    cycle_ends: tuple[float, ...] = (0.35, 0.7, 1.0)
    reheat: float = 0.3
    exchanges: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    recombine_share: float = 0.05
    max_recombine_s: float = 5.0
