"""Kills the program at random moments and checks that no paid image or charge is lost."""
