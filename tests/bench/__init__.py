"""Figures on whole paths, as ratios against a floor and a peer in the same run. `make bench`."""
