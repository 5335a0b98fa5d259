"""How specifications are read, checked and published: frozen models, YAML, and the words in which faults are told.

`base` is the model class and the wording, `fields` the kinds of fields, `yaml_file` YAML in and out with line numbers,
`document` what lies between text and model (overlays, dotted paths), `schema` the published JSON Schema.
"""
