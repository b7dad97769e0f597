"""What goes into our routes and comes out of them, described for /openapi.json and /docs.

Answers are not checked against these at run time: the tests check each one that they see. Values
that come in are taken as they are, and the backend words what it refuses.
"""
