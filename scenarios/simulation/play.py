"""One day lived through: workers follow the plan as it stands, the road takes its time, and events happen.

A discrete-event simulation. The dispatcher knows only what is reported (:class:`~optimizer.redispatch.day.Day`); the
truth is kept in the :class:`~scenarios.simulation.scene.Scene`: real starts and ends, stock and portions on board, who
waits for whom. A worker under way finishes the way they are on; whoever comes too late, or has no portions left to hand
over, comes in vain.
"""

from __future__ import annotations

from scenarios.events import DayEvents
from scenarios.simulation.doors import Doors
from scenarios.simulation.morning import Morning
from scenarios.simulation.noise import DrawnNoise
from scenarios.simulation.over import Played
from scenarios.simulation.policy import Dispatching
from scenarios.simulation.road import Road
from scenarios.simulation.scene import Scene
from scenarios.simulation.stops import Stops


def play(morning: Morning, events: DayEvents, noise: DrawnNoise, dispatching: Dispatching = Dispatching()) -> Played:
    """The day under `dispatching`; the same arguments give the same day as far as re-plans do not watch a clock."""
    scene = Scene(morning.day(dispatching.grace_s), events, noise, dispatching)
    stops = Stops(scene)
    road = Road(scene, stops, Doors(scene, stops))
    return scene.run(road.decide)
