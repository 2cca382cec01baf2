"""State what runs show, and check it: values in the prose, claims, and the statistics under both."""
