{%- set refit = var('refit') -%}

with

as_of_dates as (

    select * from {{ ref('int_as_of_dates') }}

),

drift as (

    select
        count(*) filter (where has_drifted) as drifted_count,
        {{ dbt.listagg(
            "case when has_drifted then feature end", "', '", 'order by feature'
        ) }} as drifted_features
    from {{ ref('int_drift_since_fit') }}

),

-- the day as of which fits are held, where it is one of the shop's dates
held as (

    select
        min(case when as_of_date = {{ held_date() }} then as_of_date end) as held_date
    from as_of_dates

),

judged as (

    select
        held.held_date,
        {% if refit is mapping and 'on_drift' in refit -%}
        drift.drifted_count = 0 as is_held,
        {%- else -%}
        true as is_held,
        {%- endif %}
        {% if refit is not mapping -%}
        'Each build fits anew.'
        {%- else -%}
        case
            when held.held_date is null
                then
                    'Fitted anew, because {{ refit.values() | first }}, which the var refit names, '
                    || 'is before the first order or after today.'
            {%- if 'on_drift' in refit %}
            when drift.drifted_count > 0
                then
                    'Fitted anew, because these have drifted since {{ refit.on_drift }}: '
                    || drift.drifted_features || '.'
            else 'Held as of {{ refit.on_drift }}, since when no feature has drifted.'
            {%- else %}
            else 'Held as of {{ refit.frozen }}.'
            {%- endif %}
        end
        {%- endif %} as fit_reason

    from held

    cross join drift

),

fitted as (

    select
        as_of_dates.as_of_date,
        as_of_dates.is_current,
        as_of_dates.is_backtest,
        case
            when judged.is_held and judged.held_date < as_of_dates.as_of_date
                then judged.held_date
            else as_of_dates.as_of_date
        end as fitted_as_of,
        judged.fit_reason

    from as_of_dates

    cross join judged

),

final as (

    select
        as_of_date,
        is_current,
        is_backtest,
        fitted_as_of,
        -- whether segments are fitted as of it: for today, for a backtest, or to be held
        as_of_date = fitted_as_of
        and bool_or(is_current or is_backtest) over (partition by fitted_as_of) as is_fit_date,
        fit_reason
    from fitted

)

select * from final
