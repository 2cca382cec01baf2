"""Read runs from where teams keep them. One module a format; nothing here ever writes."""
