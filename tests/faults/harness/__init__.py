"""The kill harness: a small platform out of the product's own parts, run in processes that are killed.

`world.py` is what there is to collect; `platform.py` the parts and how they are joined; `plants.py` bugs that are put
into it on purpose; `points.py` where a process may die; `lives.py` processes; `sweep.py` a death at every point in
turn; `storm.py` deaths at random; `checks.py` what has to be so afterwards.
"""
