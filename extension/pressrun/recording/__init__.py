"""Record runs: one folder a run, plain JSON and JSON lines, safe against a kill at any byte."""
