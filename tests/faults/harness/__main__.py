"""`python -m harness`: the whole harness, with what it found as JSON on stdout.

`--seconds` of random deaths over `--items` items, a death at every point, twelve planted bugs. Exit code 1 when
anything was lost or happened twice, or a bug was not caught. A seed replays which process is struck when.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from harness.lives import FINE, live
from harness.plants import PLANTS
from harness.platform import Ground, Platform, prepared
from harness.storm import storm
from harness.sweep import Grounds, caught, clean_hash, scratch, slept, sweep, sweep_workflow
from harness.world import World


def swept(folder: Path, every: int) -> dict[str, Any]:
    grounds = Grounds(folder)
    plain = sweep(grounds, Platform, until_wrong=False, every=every)
    workflow = sweep_workflow(grounds, every=every)
    wrong = plain.wrong + workflow.wrong + [f"asleep: {w}" for w in slept(grounds, Platform)]
    return {
        "points": plain.points + workflow.points,
        "of_workflows": workflow.points,
        "deaths": plain.deaths + workflow.deaths,
        "wrong": wrong,
    }


def plants(folder: Path) -> dict[str, Any]:
    grounds = Grounds(folder)
    found = {name: caught(grounds, name) for name in PLANTS}
    missed = [name for name, wrong in found.items() if not any(w.startswith(PLANTS[name][1]) for w in wrong)]
    first = {name: wrong[:1] for name, wrong in found.items()}
    return {"planted": len(PLANTS), "caught": len(PLANTS) - len(missed), "missed": missed, "found": first}


def stormed(folder: Path, records: str, asked: argparse.Namespace) -> dict[str, Any]:
    world = World(items=asked.items, sources=4, page=20)
    clean = clean_hash(Grounds(folder / "clean", world))
    ground = Ground(records, folder, world, batch=100, between_states=2_000)
    assert live(lambda: prepared(ground)) == FINE
    weather, found = storm(
        ground, seconds=asked.seconds, every=asked.every, seed=asked.seed, enough=asked.kills
    )
    return {
        "seed": asked.seed,
        "seconds": round(weather.seconds, 1),
        "kills": weather.deaths,
        "kills_by_role": dict(weather.kills),
        "kills_a_minute": round(weather.deaths / weather.seconds * 60, 1),
        "stops": weather.stops,
        "ended_by_faults": weather.faults,
        "messages_buried_and_revived": weather.buried,
        "seconds_to_rest": round(weather.to_rest, 1),
        "items": found.items,
        "requests_repeated_under_their_key": found.repeats,
        "wrong": found.wrong,
        "hash": found.hash,
        "hash_of_a_clean_run": clean,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="harness", description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=570)
    parser.add_argument("--kills", type=int, default=2_000, help="deaths after which it may end early")
    parser.add_argument("--every", type=float, default=0.17, help="seconds between two of them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--points", type=int, default=1, help="strike at each so many points of the sweep")
    parser.add_argument("--records", help="an empty place on PostgreSQL; without it a server is started")
    parser.add_argument("--keep", action="store_true", help="write it to bench/results/faults.json as well")
    parser.add_argument("--only", choices=["sweep", "plants", "storm"])
    asked = parser.parse_args()
    folder, began = scratch(), time.monotonic()
    try:
        report = whole(folder, asked) | {"seconds": round(time.monotonic() - began, 1)}
        sys.stdout.write(f"{json.dumps(report)}\n")
        if asked.keep:
            from bench.kept import keep

            keep("faults", report)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if report["fine"] else 1)


def whole(folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("sweep", "plants", "clean"):
        (folder / name).mkdir()
    if asked.only in (None, "sweep"):
        found["sweep"] = swept(folder / "sweep", asked.points)
    if asked.only in (None, "plants"):
        found["plants"] = plants(folder / "plants")
    if asked.only in (None, "storm"):
        found["storm"] = on_postgres(folder, asked)
    fine = not found.get("sweep", {}).get("wrong") and not found.get("plants", {}).get("missed")
    weather = found.get("storm", {})
    same = weather.get("hash") == weather.get("hash_of_a_clean_run")
    return {**found, "fine": fine and same and not weather.get("wrong")}


def on_postgres(folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    """Several processes write at once: that takes PostgreSQL."""
    if asked.records:
        return stormed(folder, asked.records, asked)
    from postgres_server import server
    from trend_agent.storage.sql.postgres import in_schema

    with server() as running:
        return stormed(folder, in_schema(running.url(), f"harness_{uuid4().hex[:8]}"), asked)


if __name__ == "__main__":
    main()
