"""One site stated in several tools: the same program, so the same optimum, and the time that each takes.

Each tool has one small module, written by hand in its own idiom: ``state(problem)`` gives its model,
``solve(model, setting, limit)`` what it found. None of them but `in_optimizer` imports the optimizer.
"""
