"""Runs as JupyterLab asks for them: the runs of a project in memory, and the routes that answer from it."""
