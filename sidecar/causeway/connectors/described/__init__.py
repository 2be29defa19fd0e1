"""What the generic connectors share: systems described in the settings alone.

A description maps our documents to theirs and back by expressions in JMESPath (https://jmespath.org),
a language that reads and can do nothing else.
"""
