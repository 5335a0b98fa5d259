"""What is measured, one module for each kind of thing; `benchmarks.registry` lists them."""
