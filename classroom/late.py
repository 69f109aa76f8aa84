"""Late days: each student has some for free in a term; each late day after those costs a part of the points."""

import math

from nbgrader.plugins import LateSubmissionPlugin
from traitlets import Float, Integer

DAY = 24 * 60 * 60


class LateDays(LateSubmissionPlugin):
    """Free late days first, then a penalty for each day. A day that has begun counts.

    The free days go to the assignments in the order of their due dates.
    """

    free_days = Integer(3, min=0, help="late days that each student has in all").tag(config=True)
    penalty_per_day = Float(
        0.1, min=0, max=1, help="for each late day after those, this part of the assignment's points is taken off"
    ).tag(config=True)
    grace_minutes = Float(15, min=0, help="this late is not late yet").tag(config=True)

    def days(self, seconds):
        """Return how many late days so many seconds are."""
        return 0 if seconds <= self.grace_minutes * 60 else math.ceil(seconds / DAY)

    def penalty(self, days_before, days, max_score):
        """Return the points that `days` late days cost after `days_before` in earlier assignments."""
        paid = max(0, days_before + days - self.free_days) - max(0, days_before - self.free_days)
        return min(1, paid * self.penalty_per_day) * max_score

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        """Return the penalty of the notebook at hand; nbgrader calls this."""
        step = self.parent  # nbgrader's AssignLatePenalties, which has the gradebook open
        notebook = step.gradebook.find_submission_notebook(step.notebook_id, step.assignment_id, student_id)
        before = days_before(self, step.gradebook.student_submissions(student_id), notebook.assignment)
        return self.penalty(before, self.days(total_seconds_late), notebook.max_score)


def days_before(plugin, submissions, submission):
    """Return the late days of those submissions that were due before this one."""

    def key(s):
        return s.duedate is not None, s.duedate or 0, s.name

    return sum(plugin.days(s.total_seconds_late) for s in submissions if key(s) < key(submission))


def settle(gradebook, plugin):
    """Set all penalties anew, from what is known now: an earlier assignment may have come in, or been graded, later."""
    for student in gradebook.students:
        submissions = list(student.submissions)
        for submission in submissions:
            days, before = plugin.days(submission.total_seconds_late), days_before(plugin, submissions, submission)
            for notebook in submission.notebooks:
                if not days and not notebook.late_submission_penalty:
                    continue  # most are in time, and their points need not be added up
                penalty = min(plugin.penalty(before, days, notebook.max_score), notebook.score)
                notebook.late_submission_penalty = penalty or None
    gradebook.db.commit()
