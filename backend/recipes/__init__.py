"""Values from elsewhere, fitted to a model. Pure, and nothing in them is trusted."""
