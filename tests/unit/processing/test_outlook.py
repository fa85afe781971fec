"""Will it reach the top: early scores of lists, walked forward."""

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from trend_agent.cli.outlook import outlook
from trend_agent.errors import Rejected
from trend_agent.processing.momentum import Sight, momentum, velocity
from trend_agent.processing.outlook import Listed, Outlook, OutlookSettings, Prospect, Snapshot, Title
from trend_agent.processing.outlook.learner import fit_model as fit
from trend_agent.processing.outlook.lists import Serials, snapshot_of
from trend_agent.processing.outlook.titles import Overlap, TitlePrior, grams

HOUR = 3600.0
LIST = 12


def made_list(hours: int, seed: int = 1) -> tuple[list[Snapshot], dict[str, Title], dict[str, bool]]:
    """An hourly list: three newcomers an hour; half are `good`, climb to the top and say so in their title."""
    random = np.random.default_rng(seed)
    good: dict[str, bool] = {}
    titles: dict[str, Title] = {}
    snapshots = []
    for hour in range(hours):
        for n in range(3):
            key = f"{hour}-{n}"
            good[key] = bool(random.random() < 0.5)
            titles[key] = Title(f"{'striking news' if good[key] else 'dull notice'} {key}", "en")
        alive = [f"{h}-{n}" for h in range(max(0, hour - 3), hour + 1) for n in range(3)]
        force = {
            k: (hour - int(k.split("-")[0])) * (1.0 if good[k] else -1.0) + random.random() for k in alive
        }
        order = sorted(alive, key=lambda k: -force[k])[:LIST]
        snapshots.append(Snapshot(hour * HOUR, [Listed(k) for k in order]))
    return snapshots, titles, good


SETTINGS = OutlookSettings(top=3, hours=1.5, settled=6.0, fewest=60, growth=2.0)


def walked(snapshots: list[Snapshot], titles: dict[str, Title]) -> list[Prospect]:
    ask = Outlook(SETTINGS, titles=titles)
    return [prospect for snapshot in snapshots for prospect in ask(snapshot)]


def test_it_learns_what_reaches_the_top() -> None:
    snapshots, titles, good = made_list(150)
    late = [p for p in walked(snapshots, titles) if p.at > 100 * HOUR and p.probability is not None]
    yes = [p.probability for p in late if good[p.id]]
    no = [p.probability for p in late if not good[p.id]]
    assert len(yes) > 20 < len(no)
    assert np.mean(yes) > np.mean(no) + 0.3


def test_nothing_is_learned_before_outcomes_are_known() -> None:
    snapshots, titles, _ = made_list(12)
    assert {p.probability for p in walked(snapshots, titles)} == {None}


def test_changing_the_future_changes_nothing_said_before() -> None:
    snapshots, titles, _ = made_list(120)
    turned = snapshots[:80] + [Snapshot(s.at, list(reversed(s.items))) for s in snapshots[80:]]
    until = 80 * HOUR
    one = [p for p in walked(snapshots, titles) if p.at < until]
    other = [p for p in walked(turned, titles) if p.at < until]
    assert one == other
    assert any(p.probability is not None for p in one)


def test_the_same_list_gives_the_same_answers() -> None:
    snapshots, titles, _ = made_list(100)
    assert walked(snapshots, titles) == walked(snapshots, titles)


def test_an_item_is_asked_about_for_its_first_hours_and_not_once_it_is_there() -> None:
    snapshots, titles, _ = made_list(30)
    said = walked(snapshots, titles)
    for key in {p.id for p in said}:
        moments = [p.at for p in said if p.id == key]
        assert max(moments) - min(moments) <= SETTINGS.hours * HOUR
    there = {(s.at, line.id) for s in snapshots for line in s.items[: SETTINGS.top]}
    assert not there & {(p.at, p.id) for p in said}


def test_the_most_points_of_a_day_are_learned_from_days_that_are_over() -> None:
    random = np.random.default_rng(4)
    snapshots = []
    force = {f"{n}": float(random.gamma(1.0)) for n in range(24 * 30)}
    for hour in range(24 * 30):
        listed = [(f"{n}", (hour - n + 1) * 20 * force[f"{n}"]) for n in range(max(0, hour - 9), hour + 1)]
        listed.sort(key=lambda pair: -pair[1])
        snapshots.append(Snapshot(hour * HOUR, [Listed(k, round(p)) for k, p in listed]))
    ask = Outlook(OutlookSettings(goal="points", top=5, hours=1.0, settled=12.0, fewest=100, growth=3.0))
    said = [p for s in snapshots for p in ask(s)]
    last = {p.id: p for p in said if p.at > 20 * 24 * HOUR}
    strong = [p.probability for k, p in last.items() if force[k] > 2.0]
    weak = [p.probability for k, p in last.items() if force[k] < 0.5]
    assert min(p is not None for p in strong + weak)
    assert np.mean(np.array(strong, float)) > np.mean(np.array(weak, float)) + 0.3


def test_momentum_grows_with_points_speed_and_place() -> None:
    slow = [Sight(0, 5, 10), Sight(HOUR, 5, 20)]
    assert momentum([Sight(0, 5, 10), Sight(HOUR, 5, 40)], listed=30) > momentum(slow, listed=30)
    assert momentum([Sight(0, 5, 10), Sight(HOUR, 2, 20)], listed=30) > momentum(slow, listed=30)
    assert momentum([Sight(0, 5, 10), Sight(HOUR, None, 20)], listed=30) < momentum(slow, listed=30)
    assert velocity([Sight(0, 5, 10), Sight(60, 5, 12)]) == 4.0
    assert momentum([Sight(0, 2)], listed=30) > momentum([Sight(0, 9)], listed=30)


def test_a_bent_feature_is_learned_and_can_be_read() -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(4000, 2))
    outcomes = (np.abs(features[:, 0]) > 1).astype(float)
    model = fit(features, outcomes, ["bent", "idle"], [(60.0, ()), (60.0, ("bent",))])
    told = model(np.array([[0.0, 0.0], [2.0, 0.0], [-2.0, 0.0]]))
    assert told[0] < 0.2 < 0.8 < min(told[1], told[2])
    table = model.plain()["columns"]
    assert {"bent", "idle"} <= {row["name"] for row in table}


def test_a_title_s_words_count_once_their_outcome_is_known() -> None:
    prior = TitlePrior()
    before = prior(grams("ceremony tonight"))
    for _ in range(30):
        prior.learn(grams("ceremony begins"), 1.0)
        prior.learn(grams("notice of works"), 0.0)
    assert prior(grams("ceremony tonight")) > before + 0.5


def test_overlap_is_with_other_titles_only() -> None:
    overlap = Overlap({"a": "abcd", "b": "abxx", "c": "zzzz"})
    assert list(overlap("a", "abcd", {"a": 2, "b": 1, "c": 3}, 1)) == pytest.approx(
        [1 / 3, 1 / 3, 1 / 3, 1 / 3]
    )
    assert list(overlap("c", "zzzz", {"a": 2, "b": 1, "c": 3}, 1)) == [0.0] * 4


def test_numbers_given_in_order_tell_when_an_item_was_made() -> None:
    serials = Serials()
    serials.see(["100"], 0.0)
    serials.see(["200"], HOUR)
    assert serials.made("150") == HOUR / 2
    assert serials.made("300") == HOUR
    assert serials.made("x9") is None


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"t": "yesterday", "items": []},
        {"t": "2024-01-01T00:00:00Z", "items": [[None, 3]]},
        {"t": 1, "items": []},
    ],
)
def test_what_is_no_snapshot_is_refused(row: dict[str, object]) -> None:
    with pytest.raises(Rejected):
        snapshot_of(row)


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(outlook)
    return CliRunner().invoke(app, list(arguments))


def test_the_filter_says_a_line_for_every_newcomer_below_the_top(tmp_path: Path) -> None:
    lists, items, model = tmp_path / "lists.jsonl", tmp_path / "items.jsonl", tmp_path / "model.json"
    rows = [
        {"t": "2024-01-01T00:00:00Z", "items": ["a", ["b", 5, 1], {"id": "c", "points": 9}]},
        {"t": "2024-01-01T01:00:00Z", "items": ["b", "a", "d"]},
        {"t": "2023-01-01T01:00:00Z", "items": ["e"]},
    ]
    lists.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    items.write_text(json.dumps({"id": "site:c", "title": "C"}) + "\n", "utf-8")
    result = run(str(lists), "--items", str(items), "--top", "1", "--model", str(model))
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 3
    assert {(row["at"][11:13], row["id"]) for row in found} == {
        ("00", "b"), ("00", "site:c"), ("01", "site:c"), ("01", "d")
    }  # fmt: skip
    assert {row["probability"] for row in found} == {None}
    assert json.loads(model.read_text("utf-8")) == {}
