"""What the help page says, topic by topic, for people who do not program."""
