{%- set days = var('propensity_days') -%}
{%- set fewest_of_each = 20 -%}  {#- as in has_verdict: fewer tell nothing -#}
{%- set names = {
    'visitors': 'visitors', 'carts': 'products that customers looked at'
} -%}

with

dates as (

    select * from {{ ref('int_propensity_dates') }}
    where is_tried

),

samples as (

    select * from {{ ref('int_propensity_samples') }}

),

tasks as (

    {% for task in prediction_tasks() if task.population in names -%}
    select
        '{{ task.name }}' as task,
        '{{ task.population }}' as population,
        '{{ names[task.population] }}' as name
    {{ 'union all' if not loop.last }}

    {% endfor %}
),

-- a date learns from the windows that were closed by it
learned as (

    select
        dates.as_of_date,
        samples.population,
        count(distinct samples.customer_id) as customer_count,
        count(*) filter (where samples.has_purchased) as bought_count,
        count(*) filter (where not samples.has_purchased) as other_count

    from dates

    inner join samples
        on
            samples.as_of_date >= dates.trained_from
            and samples.as_of_date <= dates.trained_as_of

    group by
        dates.as_of_date,
        samples.population

),

own as (

    select distinct
        as_of_date,
        population
    from samples

),

judged as (

    select
        tasks.task,
        dates.as_of_date,
        dates.is_current,
        dates.is_backtest,
        dates.is_published,
        dates.trained_from,
        dates.trained_as_of,
        dates.is_closed,
        dates.event_days,
        coalesce(learned.customer_count, 0) as trained_customer_count,
        case
            when dates.event_days is null
                then
                    'no customer is known to have visited: there are no events, or none that '
                    || 'tell whose they are'
            when dates.event_days < {{ 2 * days }}
                then
                    case
                        when dates.event_days = 1 then 'there is 1 day'
                        else
                            'there are ' || cast(greatest(dates.event_days, 0) as string)
                            || ' days'
                    end
                    || ' of events, and {{ 2 * days }} are needed: propensity_days twice'
            when own.as_of_date is null
                then 'there are no ' || tasks.name || ' of the {{ visitor_days() }} days before'
            when coalesce(learned.customer_count, 0) < {{ var('min_customers') }}
                then
                    'there are ' || cast(coalesce(learned.customer_count, 0) as string)
                    || ' customers to learn from, and {{ var("min_customers") }} are needed'
            when least(learned.bought_count, learned.other_count) < {{ fewest_of_each }}
                then
                    'of the ' || tasks.name || ' to learn from '
                    || cast(learned.bought_count as string) || ' were followed by a purchase and '
                    || cast(learned.other_count as string)
                    || ' were not, and {{ fewest_of_each }} of each are needed'
        end as reason

    from dates

    cross join tasks

    left join learned
        on
            dates.as_of_date = learned.as_of_date
            and tasks.population = learned.population

    left join own
        on
            dates.as_of_date = own.as_of_date
            and tasks.population = own.population

)

select * from judged
