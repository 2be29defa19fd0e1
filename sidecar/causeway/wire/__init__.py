"""The wire between shops and sidecar: signatures, problems, pairing. Shared by all doors."""
