"""Read runs from where teams keep them. One module a format; nothing here ever writes."""

from pressrun.sources.registry import open_source

__all__ = ["open_source"]
