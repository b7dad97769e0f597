"""What puts the data folder right: after a crash, after damage, against the recorded hashes."""
