"""The accuracy of every op and of random graphs, measured against mpmath: `make accuracy`."""
