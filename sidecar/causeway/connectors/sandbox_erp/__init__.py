"""The ERP of the sandbox as a connection."""
