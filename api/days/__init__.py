"""What one does with a published day: publish it, tell what has happened, ask where a visit fits.

Three names for near things, from the outside in: here are the actions, and what the API answers; :mod:`api.desks` holds
the days of this process in memory, ready for them; :mod:`api.daybook` writes down what is known of a day beside its
facts and plan, and reads it again; :mod:`api.store.days` keeps all of it in rows.
"""
