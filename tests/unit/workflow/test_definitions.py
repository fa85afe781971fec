"""Definitions: what is wrong with one is said before anything runs."""

from pathlib import Path

import pytest
from plain_steps import Note

from trend_agent.errors import Missing, Rejected
from trend_agent.workflow import (
    ClusterItemsStep,
    CollectDataStep,
    DeduplicateStep,
    DetectLanguageStep,
    GenerateSummariesStep,
    PersistTrendsStep,
    RankTopicsStep,
    WorkflowDefinition,
    create_custom_workflow,
    get_template,
    read_definition,
    read_definition_file,
)
from trend_agent.workflow.definition import step_of
from trend_agent.workflow.templates import TEMPLATES


def test_steps_follow_each_other_where_they_do_not_say_what_they_need() -> None:
    made = create_custom_workflow("mine", [CollectDataStep(), "deduplicate", {"kind": "cluster", "most": 10}])
    assert [step.name for step in made.steps] == ["collect", "deduplicate", "cluster"]
    assert made.needs == {"collect": (), "deduplicate": ("collect",), "cluster": ("deduplicate",)}


def test_the_order_obeys_the_needs_and_otherwise_the_list() -> None:
    steps = [
        Note(name="last", file="f", needs=("b", "a")),
        Note(name="b", file="f", needs=()),
        Note(name="a", file="f", needs=()),
    ]
    made = WorkflowDefinition("graph", steps)
    assert [step.name for step in made.steps] == ["b", "a", "last"]
    assert made.before("last") == ["b", "a"]


def test_a_definition_survives_json() -> None:
    for name in TEMPLATES:
        made = get_template(name)
        again = WorkflowDefinition.of(made.plain())
        assert again.plain() == made.plain()
        assert again.steps == tuple(s.model_copy(update={"needs": made.needs[s.name]}) for s in made.steps)


def test_every_step_that_others_rely_on_is_in_the_full_pipeline() -> None:
    kinds = [type(step) for step in get_template("full_pipeline", top_n_trends=7).steps]
    assert kinds == [
        CollectDataStep,
        DetectLanguageStep,
        DeduplicateStep,
        ClusterItemsStep,
        RankTopicsStep,
        GenerateSummariesStep,
        PersistTrendsStep,
    ]
    assert get_template("full_pipeline", top_n_trends=7).steps[4].limit == 7  # type: ignore[attr-defined]


def test_sources_are_collected_side_by_side() -> None:
    made = get_template("parallel_collection", sources=["rss", "hackernews"])
    assert made.needs["collect_1"] == made.needs["collect_2"] == ()
    assert made.needs["detect_language"] == ("collect_1", "collect_2")


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([], "has 0 steps"),
        (["nothing"], "no step called 'nothing'; there are"),
        ([{"kind": "rank", "limits": 3}], "step 'rank': limits: extra inputs are not permitted"),
        ([{"kind": "rank", "limit": 0}], "step 'rank': limit: input should be greater than or equal to 1"),
        (["rank", "rank"], "two steps are called 'rank'"),
        ([{"kind": "rank", "needs": ["x"]}], "step 'rank' needs 'x', which is no step"),
        ([{"kind": "rank", "needs": ["rank"]}], "a cycle: rank needs rank"),
        (
            [{"kind": "collect", "needs": ["rank"]}, {"kind": "rank", "needs": ["collect"]}],
            "a cycle: ",
        ),
        (["collect", "summarise"], "missing input: step 'summarise' takes 'at', which no step before it gives"),
        ([{"kind": "collect", "share": [3, 2]}], "0 <= n < of"),
        ([7], "a step is an object with a `kind`"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_steps_is_named(steps: list[object], words: str) -> None:
    with pytest.raises((Rejected, Missing)) as fault:
        create_custom_workflow("wrong", steps)  # type: ignore[arg-type]
    assert words in str(fault.value)


@pytest.mark.parametrize(
    ("name", "parameters", "words"),
    [
        ("nope", {}, "no template called 'nope'; there are collection_only"),
        ("refresh", {"top": 3}, "template 'refresh' has no parameter 'top'; it has top_n_trends, timeout"),
        ("refresh", {"top_n_trends": -1}, "template 'refresh': top_n_trends: input should be greater"),
        (
            "refresh",
            {"top_n_trends": "many"},
            "template 'refresh': top_n_trends: input should be a valid integer",
        ),
        ("refresh", {"timeout": -1}, "template 'refresh': timeout: input should be greater than 0"),
        ("parallel_collection", {"branches": "x"}, "template 'parallel_collection': "),
    ],
)
def test_wrong_names_and_parameters_of_templates_are_named(
    name: str, parameters: dict[str, object], words: str
) -> None:
    with pytest.raises((Rejected, Missing)) as fault:
        get_template(name, **parameters)
    assert words in str(fault.value)


YAML = """
name: mine
timeout: 600
repeat: true
parameters: {top: 30, source: null}
steps:
  - {kind: collect, sources: [$source]}
  - {kind: detect_language, most: 500}
  - cluster
  - {kind: rank, limit: $top, retry: {attempts: 2, first: 0.1}}
  - summarise
  - persist
"""


def test_a_definition_is_read_from_yaml() -> None:
    made = read_definition(YAML, {"source": "hackernews"})
    assert (made.name, made.timeout, made.repeat) == ("mine", 600, True)
    assert made.step("collect").sources == ("hackernews",)  # type: ignore[attr-defined]
    assert made.step("rank").limit == 30  # type: ignore[attr-defined]
    assert made.step("rank").retry.attempts == 2
    assert made.parameters == {"top": 30, "source": "hackernews"}


def test_a_template_is_read_from_yaml_with_its_parameters() -> None:
    made = read_definition("template: refresh\nparameters: {top_n_trends: 5}")
    assert made.plain()["steps"][0]["limit"] == 5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (YAML, "missing input: parameter 'source' has no value"),
        ("steps: [collect", "no YAML"),
        ("- collect", "a definition is a mapping"),
        ("steps: [{kind: rank, limit: $top}]", "missing input: no parameter is called 'top'"),
        ("name: x y\nsteps: [collect]", "a workflow's name is up to 60 letters"),
        ("stepz: [collect]", "a list of `steps`"),
        ("steps: [collect]\nother: 1", "a workflow has no 'other'"),
        ("template: refresh\nsteps: [collect]", "beside `template` only `parameters`"),
        ("parameters: 3\nsteps: [collect]", "`parameters` is a mapping"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nsteps: [*b]", "no aliases"),
        ("steps: !!python/object/apply:os.getcwd []", "no YAML"),
        ("[" * 2000, "no YAML"),
    ],
)
def test_what_is_wrong_with_yaml_is_named(text: str, words: str) -> None:
    with pytest.raises((Rejected, Missing)) as fault:
        read_definition(text)
    assert words in str(fault.value)


def test_a_file_that_is_wrong_or_absent_is_named(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match=r"nothing\.yaml': No such file"):
        read_definition_file(tmp_path / "nothing.yaml")
    (tmp_path / "a.yaml").write_text("steps: [nope]")
    with pytest.raises((Rejected, Missing), match="no step called 'nope'"):
        read_definition_file(tmp_path / "a.yaml")


def test_a_parameter_that_the_file_does_not_declare_is_refused() -> None:
    with pytest.raises(Rejected, match="no parameter 'x'; there are none"):
        read_definition("steps: [collect]", {"x": 1})


def test_a_step_out_of_json_keeps_its_settings() -> None:
    step = step_of({"kind": "collect", "sources": ["a"], "retry": {"attempts": 9}})
    assert step.plain() == {"kind": "collect", "name": "collect", "sources": ["a"], "retry": {"attempts": 9}}
