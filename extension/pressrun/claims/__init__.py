"""State what runs show, and check it: values in the prose, and claims."""
