"""Assistants: the tools that they are offered over MCP, within a key's own limits."""
