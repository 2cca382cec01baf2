"""Rebuild a paper: read it, lock its runs, execute it, check its claims."""
