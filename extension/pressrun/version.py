"""The version, read by the build and by `pressrun --version`, which must not load anything else."""

__version__ = "0.1.0"
