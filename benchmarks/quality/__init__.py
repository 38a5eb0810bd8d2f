"""Quality tables: every solver on the same instances, in the same run, at equal wall time, judged by the same judge.

``python -m benchmarks.quality FAMILY`` (``docs/benchmarks.md`` states the protocol).
"""
