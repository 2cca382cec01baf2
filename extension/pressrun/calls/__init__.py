"""Calls of panels, values and claims as data: the forms they are made with, and their code, written and read."""
