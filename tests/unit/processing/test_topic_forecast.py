"""What a topic's next 24 hours will bring."""

from datetime import UTC, datetime, timedelta

import numpy as np

from trend_agent.processing.topic_forecast import Counts, forecast_for, hour_of

AT = datetime(2024, 5, 10, 12, 20, tzinfo=UTC)
NOW = hour_of(AT)


def faded(seed: int, *, age: int, size: float = 12.0, half_life: float = 8.0) -> Counts:
    """A topic that began `age` hours ago and fades."""
    random = np.random.default_rng(seed)
    counts = random.poisson([size * 0.5 ** (hour / half_life) for hour in range(age + 24)])
    return {NOW - age + hour: float(n) for hour, n in enumerate(counts) if hour < age or n}


OTHERS = [faded(seed, age=60) for seed in range(30)]


def test_a_young_topic_goes_on_as_others_of_its_age_did() -> None:
    found = forecast_for(faded(99, age=5), AT, others=OTHERS)
    assert found is not None
    assert found.rests_on == "others"
    assert found.forecast.mean[0] > found.forecast.mean[23]
    assert (found.forecast.lower <= found.forecast.mean).all()
    assert (found.forecast.mean <= found.forecast.upper).all()


def test_most_outcomes_of_young_topics_lie_within_the_interval() -> None:
    held = []
    for seed in range(100, 160):
        counts = faded(seed, age=8)
        found = forecast_for(counts, AT, others=OTHERS)
        if found:
            after = np.array([counts.get(NOW + hour, 0.0) for hour in range(24)])
            held.append(
                ((after >= found.forecast.lower - 1e-9) & (after <= found.forecast.upper + 1e-9)).mean()
            )
    assert len(held) > 40
    assert 0.7 < float(np.mean(held)) < 0.97


def test_with_too_little_to_say_nothing_is_said() -> None:
    assert forecast_for({}, AT, others=OTHERS) is None
    assert forecast_for({NOW - 3: 3.0}, AT, others=OTHERS) is None
    assert forecast_for(faded(1, age=5), AT) is None
    assert forecast_for(faded(1, age=5), AT, others=OTHERS[:1]) is None


def test_nothing_from_the_moment_on_is_looked_at() -> None:
    counts = dict(faded(7, age=5))
    one = forecast_for(counts, AT, others=OTHERS)
    later = {hour: count for hour, count in counts.items() if hour < NOW} | {NOW: 900.0, NOW + 5: 900.0}
    other = forecast_for(later, AT, others=[{**past, NOW + 2: 500.0} for past in OTHERS])
    assert one is not None
    assert other is not None
    assert (one.forecast.mean == other.forecast.mean).all()
    assert (one.forecast.upper == other.forecast.upper).all()


def test_an_old_topic_is_forecast_by_its_own_past() -> None:
    daily = {
        NOW - back: 10.0 + 8.0 * np.sin((NOW - back) % 24 / 24 * 2 * np.pi) for back in range(1, 24 * 12)
    }
    found = forecast_for(daily, AT)
    assert found is not None
    assert found.rests_on == "own"
    truth = np.array([10.0 + 8.0 * np.sin((NOW + k) % 24 / 24 * 2 * np.pi) for k in range(24)])
    assert float(np.abs(found.forecast.mean - truth).mean()) < 1.5


def test_it_can_be_asked_for_a_past_moment() -> None:
    counts = faded(3, age=30)
    early = forecast_for(counts, AT - timedelta(hours=20), others=OTHERS)
    again = forecast_for(
        {h: c for h, c in counts.items() if h < NOW - 20}, AT - timedelta(hours=20), others=OTHERS
    )
    assert early is not None
    assert again is not None
    assert (early.forecast.mean == again.forecast.mean).all()
