"""Linear programs from Pyomo rules. Knows nothing about energy.

`rules` states what a rule is and `symbols` declares the names that it may use; `symbolic` calls it once with symbolic
indices, `templates` evaluates what comes out for all indices at once, `rowwise` calls what has no template row by row,
`relations` takes both apart in one way, and `affine` holds the numbers. `families` is one rule with either, `program`
all of them together, with `export` to Pyomo and `latex` for print. `engines` solve it, `certificate` proves the answer.
"""
