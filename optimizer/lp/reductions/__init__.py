"""Single reductions of a program, each with its exact way back; `optimizer.lp.reduction` applies them in turn."""
