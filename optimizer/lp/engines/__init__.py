"""Solvers behind one contract: load a program, apply a patch, run, and give primal and dual back."""
