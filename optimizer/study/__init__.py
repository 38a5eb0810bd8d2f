"""Studies: what if? A base problem, named changes, seeds; runs side by side, paired differences, one report.

``parse`` reads a study, ``changes`` is its vocabulary, ``runs`` and ``drive`` carry it out (in processes or on a
cluster), ``compare`` holds variants against each other, ``tables`` and ``report`` tell the result.
"""
