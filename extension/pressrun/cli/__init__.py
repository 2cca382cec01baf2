"""The command line: one module a command. Importing this package loads no heavy library."""
