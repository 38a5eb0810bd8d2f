"""What can still be decided of a day as a problem of its own, and the whole day put together again."""

from optimizer.redispatch.rest.cut import Rest, on_board_first, rest_of
from optimizer.redispatch.rest.join import joined, unassigned_as, unpriced, whole_routes
from optimizer.redispatch.rest.visits import with_promise

__all__ = ["Rest", "joined", "on_board_first", "rest_of", "unassigned_as", "unpriced", "whole_routes", "with_promise"]
