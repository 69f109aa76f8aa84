"""A class on JupyterHub: one server, an account of the operating system for each student. README.md leads the way."""
