"""Assignments for a class: released, collected, graded in a sandbox, returned with feedback, exported.

`python -m classroom --help` lists the commands; README.md leads from an empty folder to a CSV.
"""
