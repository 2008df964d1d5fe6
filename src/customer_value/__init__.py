"""The Python of the dbt project customer_value: what its models share, and its dbt-duckdb plugin.

`pip install` of the repository brings it, and what the project runs on, to a project that has
customer_value as a package; in the repository itself `module_paths` of profiles.yml finds it.
"""

__version__ = "0.4.0"
