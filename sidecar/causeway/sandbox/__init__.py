"""An ERP, a warehouse and their clock to play and to test with. Knows nothing of the rest.

It keeps its own books and is reached over HTTP only, so that what it counted can be held against
what others claim to have done.
"""
