"""Who is served from where, settled before routing: stations and waves for meals, parts for side-by-side work."""

from optimizer.assign.parts import Part, split_parts
from optimizer.assign.supply import Supply, assign_supply, stations_with_deliveries, supply_run_ids

__all__ = ["Part", "Supply", "assign_supply", "split_parts", "stations_with_deliveries", "supply_run_ids"]
