"""Who asks, and what they may do: keys, sessions, roles, rate limits, pseudonyms."""
