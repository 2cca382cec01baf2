"""Turn an executed paper into pages and PDFs, and switch versions of the site."""
