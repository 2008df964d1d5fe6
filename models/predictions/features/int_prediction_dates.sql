{%- set horizon = var('prediction_horizon_days') -%}
{%- set fewest_of_each = 20 -%}  {#- as in has_verdict: fewer tell nothing -#}

with

feature_dates as (

    select * from {{ ref('int_feature_dates') }}

),

fit_dates as (

    select * from {{ ref('int_fit_dates') }}

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

visit_behavior as (

    select * from {{ ref('int_customer_visit_behavior') }}

),

outcomes as (

    select * from {{ ref('int_customer_outcomes') }}
    where horizon_days = {{ horizon }}

),

tasks as (

    {% for task in prediction_tasks() if task.population == 'customers' -%}
    select '{{ task.name }}' as task
    {{ 'union all' if not loop.last }}

    {% endfor %}
),

-- what is not fitted is not held
task_fits as (

    select
        tasks.task,
        fit_dates.as_of_date,
        case
            when tasks.task in ({{ fitted_tasks() }}) then fit_dates.fitted_as_of
            else fit_dates.as_of_date
        end as fitted_as_of

    from tasks

    cross join fit_dates

),

propensity as (

    select * from {{ ref('int_propensity_windows') }}

),

first_purchases as (

    select min(first_purchase_date) as first_date from rfm

),

-- what followed each window that is closed today, to learn from
windows as (

    select
        outcomes.as_of_date,
        count(*) as customer_count,
        count(*) filter (where outcomes.has_purchased) as buyer_count,
        count(*) filter (where outcomes.visit_count > 0) as visitor_count,
        count(visit_behavior.visit_count) as known_visitor_count,
        min(rfm.recency_days) = max(rfm.recency_days)
        and min(rfm.frequency) = max(rfm.frequency)
        and min(rfm.monetary_amount) = max(rfm.monetary_amount) as is_all_alike

    from outcomes

    inner join rfm
        on
            outcomes.as_of_date = rfm.as_of_date
            and outcomes.customer_id = rfm.customer_id

    left join visit_behavior
        on
            outcomes.as_of_date = visit_behavior.as_of_date
            and outcomes.customer_id = visit_behavior.customer_id

    group by outcomes.as_of_date

),

-- a date learns from the window that closed on it, or on the day as of which fits are held
dates as (

    select
        task_fits.task,
        feature_dates.as_of_date,
        feature_dates.is_current,
        feature_dates.is_backtest,
        feature_dates.is_current or feature_dates.is_backtest as is_published,
        task_fits.fitted_as_of,
        {{ add_days('task_fits.fitted_as_of', -horizon) }} as trained_as_of,
        own.as_of_date is not null as is_closed,
        {{ days_between('first_purchases.first_date', 'feature_dates.as_of_date') }}
        as history_days,
        trained.customer_count as trained_customer_count,
        case
            when task_fits.task = 'visits' then trained.visitor_count
            else trained.buyer_count
        end as active_count,
        case
            when task_fits.task = 'visits' then ' visited'
            else ' came back'
        end as activity,
        trained.known_visitor_count,
        trained.is_all_alike

    from feature_dates

    inner join task_fits
        on feature_dates.as_of_date = task_fits.as_of_date

    cross join first_purchases

    left join windows as own
        on feature_dates.as_of_date = own.as_of_date

    left join windows as trained
        on {{ add_days('task_fits.fitted_as_of', -horizon) }} = trained.as_of_date

),

judged as (

    select
        *,
        case
            when history_days is null then 'nobody has bought yet'
            when history_days < {{ 2 * horizon }}
                then
                    case
                        when history_days = 1 then 'there is 1 day'
                        else 'there are ' || cast(history_days as string) || ' days'
                    end
                    || ' of history, and '
                    || '{{ 2 * horizon }} are needed: the horizon twice'
            when trained_customer_count is null
                then 'no closed window of {{ horizon }} days before it is there to learn from'
            when trained_customer_count < {{ var('min_customers') }}
                then
                    'there are ' || cast(trained_customer_count as string)
                    || ' customers to learn from, and {{ var("min_customers") }} are needed'
            when is_all_alike
                then 'the customers to learn from are all alike in what they did'
            when task = 'churn' and least(active_count, idle_count) < {{ fewest_of_each }}
                then
                    'of the customers to learn from ' || cast(active_count as string)
                    || ' came back and ' || cast(idle_count as string)
                    || ' did not, and {{ fewest_of_each }} of each are needed'
            when task = 'visits' and known_visitor_count < {{ fewest_of_each }}
                then
                    'of the customers to learn from ' || cast(known_visitor_count as string)
                    || ' had visited before, and {{ fewest_of_each }} are needed'
            when active_count < {{ fewest_of_each }}
                then
                    'of the customers to learn from ' || cast(active_count as string)
                    || activity || ', and {{ fewest_of_each }} are needed'
        end as reason

    from (
        select
            *,
            trained_customer_count - active_count as idle_count
        from dates
    ) as counted

),

-- each task looks ahead by its own days
all_tasks as (

    select
        task,
        as_of_date,
        is_current,
        is_backtest,
        is_published,
        {{ horizon }} as horizon_days,
        fitted_as_of,
        trained_as_of as trained_from,
        trained_as_of,
        is_closed,
        history_days,
        trained_customer_count,
        reason
    from judged

    union all

    select
        task,
        as_of_date,
        is_current,
        is_backtest,
        is_published,
        {{ var('propensity_days') }} as horizon_days,
        as_of_date as fitted_as_of,
        trained_from,
        trained_as_of,
        is_closed,
        event_days as history_days,
        trained_customer_count,
        reason
    from propensity

),

final as (

    select
        *,
        reason is null as is_scored,
        -- the latest that is no later than the date
        max(case when is_backtest then as_of_date end) over (
            partition by task
            order by as_of_date
            rows between unbounded preceding and current row
        ) as backtest_date
    from all_tasks

)

select * from final
