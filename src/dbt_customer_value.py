"""dbt imports each top-level module whose name begins with dbt_: so its Spark adapter is taught.

On another adapter nothing happens. dbt calls its interface for such modules experimental, so
requirements-spark.in holds its version.
"""

import sys

if "dbt.adapters.spark" in sys.modules:
    from customer_value import spark_session

    spark_session.extend_adapter()
