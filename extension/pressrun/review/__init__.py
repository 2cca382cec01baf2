"""Say what differs between runs, and between versions of a paper."""
