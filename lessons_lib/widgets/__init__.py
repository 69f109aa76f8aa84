"""Live figures: sliders that work in JupyterLab with a kernel and in the built page without one."""

from lessons_lib.widgets.backprop_stepper import backprop_stepper
from lessons_lib.widgets.batch_size import batch_size_explorer
from lessons_lib.widgets.common import Knob, Mark
from lessons_lib.widgets.decision_boundary import decision_boundary_explorer
from lessons_lib.widgets.explore import Actor, Explorer, explore
from lessons_lib.widgets.gradient_check import gradient_check_explorer
from lessons_lib.widgets.hiker_and_guide import hiker_and_guide
from lessons_lib.widgets.learning_rate import learning_rate_explorer
from lessons_lib.widgets.optimizer_race import optimizer_race
from lessons_lib.widgets.workers import workers_explorer

__all__ = [
    "Actor",
    "Explorer",
    "Knob",
    "Mark",
    "backprop_stepper",
    "batch_size_explorer",
    "decision_boundary_explorer",
    "explore",
    "gradient_check_explorer",
    "hiker_and_guide",
    "learning_rate_explorer",
    "optimizer_race",
    "workers_explorer",
]
