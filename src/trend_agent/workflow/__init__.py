"""Who runs what when: workflows out of steps that are remembered, so that a kill costs the step it hits.

`get_template` and `create_custom_workflow` make definitions, `SimpleWorkflowEngine` runs them, its `repository` says
how they went. `execution.py` has the ports of this room.
"""

from trend_agent.workflow.crew import Crew
from trend_agent.workflow.definition import WorkflowDefinition
from trend_agent.workflow.engine import SimpleWorkflowEngine
from trend_agent.workflow.execution import (
    Progress,
    StepFailed,
    StepRecord,
    WorkflowEngine,
    WorkflowExecution,
    WorkflowRepository,
)
from trend_agent.workflow.schedule import Schedule
from trend_agent.workflow.step import Retry, Work, WorkflowStep
from trend_agent.workflow.steps import (
    ApprovalStep,
    ClusterItemsStep,
    CollectDataStep,
    DeduplicateStep,
    DetectLanguageStep,
    GenerateSummariesStep,
    PersistTrendsStep,
    RankTopicsStep,
)
from trend_agent.workflow.templates import create_custom_workflow, get_template
from trend_agent.workflow.written import read_definition, read_definition_file

__all__ = [
    "ApprovalStep",
    "ClusterItemsStep",
    "CollectDataStep",
    "Crew",
    "DeduplicateStep",
    "DetectLanguageStep",
    "GenerateSummariesStep",
    "PersistTrendsStep",
    "Progress",
    "RankTopicsStep",
    "Retry",
    "Schedule",
    "SimpleWorkflowEngine",
    "StepFailed",
    "StepRecord",
    "Work",
    "WorkflowDefinition",
    "WorkflowEngine",
    "WorkflowExecution",
    "WorkflowRepository",
    "WorkflowStep",
    "create_custom_workflow",
    "get_template",
    "read_definition",
    "read_definition_file",
]
