"""The program as an installed package, in which all its parts lie. See __main__.py."""
