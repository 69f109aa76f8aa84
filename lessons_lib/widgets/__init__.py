"""Live figures: sliders that work in JupyterLab with a kernel and in the built page without one."""

from lessons_lib.widgets.batch_size import batch_size_explorer
from lessons_lib.widgets.explore import Actor, Explorer, Knob, Mark, explore
from lessons_lib.widgets.hiker_and_guide import hiker_and_guide
from lessons_lib.widgets.learning_rate import learning_rate_explorer

__all__ = [
    "Actor",
    "Explorer",
    "Knob",
    "Mark",
    "batch_size_explorer",
    "explore",
    "hiker_and_guide",
    "learning_rate_explorer",
]
