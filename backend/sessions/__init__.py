"""Demo sessions: what a room wishes for, what is made of it, and what each of its pages may see."""
