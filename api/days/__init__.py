"""Published days: kept ready in memory, re-planned when something happens, derived again from the store."""
