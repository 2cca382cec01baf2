"""pressrun: a notebook as a live, checked, reproducible research paper.

What authors import is listed, with types, in `__init__.pyi`; each name is loaded when it is first used, so that a
training loop which only logs loads no pandas and the command line starts at once.
"""

import lazy_loader

# `runs` is a package and the function that authors call. Bound here, before anything else, the function wins.
from pressrun.runs import runs as runs
from pressrun.version import __version__ as __version__

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
