"""Changing the day on the board: what has happened, an urgent visit, a stop moved or locked, and the way back."""
