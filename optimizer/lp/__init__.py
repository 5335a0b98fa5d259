"""Linear programs from Pyomo rules. Knows nothing about energy.

`rules` states what a rule is, `symbols` declares the names that rules may use, `templates` walks a rule once,
`affine` holds what comes out, `program` assembles it, `engines` solve it, `certificate` proves the answer.
"""
