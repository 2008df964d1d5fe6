{{ config(materialized='view') }}

select
    as_of_date,
    is_current
from {{ ref('int_feature_dates') }}

where
    is_current
    or is_backtest
