"""Numbers in, numbers out: estimates, intervals, tests and aggregates, each with the source of its formula."""
