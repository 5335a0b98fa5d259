"""What the program costs in seconds and megabytes, beside other tools, on one machine in one run.

Nothing here is part of the package, and nothing is imported by it. `README.md` tells the method and the figures.
"""
