"""An interior-point method for programs whose rules repeat stage after stage.

`grid` lays rows and columns out in lanes, one place for each stage; `elimination` factorises the equations of a step
lane by lane, all stages at once, which costs a handful of operations on arrays in place of a general factorisation;
`method` is the interior-point method. Nothing here needs more than NumPy and LAPACK.
"""
