"""nbgrader's settings for every server of the class. The place: <environment>/etc/jupyter."""

import os

from nbgrader.exchange.default import ExchangeSubmit

c = get_config()  # noqa: F821 (nbgrader gives it)


class PrivateSubmit(ExchangeSubmit):
    """Hand in so that only the student and the grader can read it: nbgrader would let everyone read and write it."""

    def copy_files(self):
        super().copy_files()
        folder = os.path.join(self.inbound_path, self.assignment_filename)
        self.set_perms(folder, fileperms=0o644, dirperms=0o750)  # folders have the grader's group, not all files


c.ExchangeFactory.submit = PrivateSubmit
c.Exchange.root = "{exchange}"
c.CourseDirectory.course_id = "{course}"
# nbgrader's word for: the exchange's folders belong to a group, and need not be writable by everyone.
c.CourseDirectory.groupshared = True
