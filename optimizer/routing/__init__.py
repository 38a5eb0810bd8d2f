"""The OR-Tools routing model: every rule it can express, as the reference engine and cross-check of the fast search."""

from optimizer.routing.engine import improve

__all__ = ["improve"]
