"""nbgrader's settings for a course graded by the black box. The nbgrader_config.py of a course calls `configure`."""

from classroom import blackbox, collect, exchange, export, feedback, late


def configure(c):
    """Set nbgrader up so that its commands and formgrader grade in the sandbox; whatever is set after this wins."""
    c.ClearSolutions.code_stub = {"python": "# Your code here.\nraise NotImplementedError()"}
    c.ClearSolutions.text_stub = "Your answer here."

    c.Autograde.exporter_class = blackbox.TolerantExporter
    c.Autograde.sanitize_preprocessors = [
        blackbox.Rebuild,
        "nbgrader.preprocessors.OverwriteKernelspec",
        "nbgrader.preprocessors.OverwriteCells",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    c.Autograde.autograde_preprocessors = [
        blackbox.BlackBox,
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        blackbox.FlagForReview,
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    c.AssignLatePenalties.plugin_class = late.LateDays

    c.GenerateFeedback.exporter_class = feedback.FeedbackPage
    c.GenerateFeedback.preprocessors = []
    # What a student writes stays text when formgrader shows it.
    c.HTMLExporter.preprocessors = ["nbconvert.preprocessors.sanitize.SanitizeHTML"]

    c.ExportApp.plugin_class = export.CanvasExport
    c.ZipCollectApp.collector_plugin = collect.LmsCollector
    c.ExchangeFactory.collect = exchange.SafeCollect
