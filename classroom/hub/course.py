"""nbgrader's settings for the grader's course on a class's server: the exchange, and whose a submission is."""

from classroom.hub import settings


def configure(c):
    """Join a course to the server's exchange; called by its nbgrader_config.py."""
    c.Exchange.root = str(settings.EXCHANGE)
    c.CourseDirectory.course_id = settings.read(settings.SETTINGS).course
    c.CourseDirectory.groupshared = True  # as on the students' side: see etc/nbgrader_config.py
    c.SafeCollect.accounts = True
    c.SafeCollect.check_owner = False  # nbgrader's own check only warns, and falls over a link
