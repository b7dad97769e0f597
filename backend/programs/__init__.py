"""Other programs: their keys, what each may use, and which of their calls is which."""
