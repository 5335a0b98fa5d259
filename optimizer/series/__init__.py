"""Time series in: files of many shapes become one checked dataset on the scenario's horizon.

From below: `moments` (fields for times), `horizon`, `units`, `clock` (local labels to instants), `timeline` (gaps and
steps), `file` (what a scenario says of a file), `readers` (one for each format, each giving the same raw table),
`coverage`, `column` and `placement` (judging times and values), `reading` (all files together).
"""
