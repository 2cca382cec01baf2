"""Show runs: one module a panel, each with a live, an interactive and a print face from one computed result."""
