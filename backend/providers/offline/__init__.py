"""The offline provider: a server in process that speaks the documented API, and a sample engine.

The engine paints pictures from words by formula. It is no AI model, and never says it is one.
"""
