"""Systems that speak JSON or XML over HTTP, described in the settings alone."""
