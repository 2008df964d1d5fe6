{%- set parameters = [
    ('bg_nbd', ['r', 'alpha', 'a', 'b']), ('gamma_gamma', ['p', 'q', 'v'])
] -%}

with

fits as (

    select * from {{ ref('ml_lifetime_value_fits') }}

),

histories as (

    select * from {{ ref('int_purchase_histories') }}
    where
        repeat_count > 0
        and repeat_amount > 0

),

-- Gamma-Gamma takes for granted that what a day brings has nothing to do with their number
ranked as (

    select
        as_of_date,
        {%- for column in ['repeat_count', 'repeat_amount / cast(repeat_count as double)'] %}
        cast(
            rank() over (
                partition by as_of_date
                order by {{ column }}
            ) + (count(*) over (
                partition by as_of_date, {{ column }}
            ) - 1) / cast(2 as double) as decimal(18, 1)
        ) as {{ ['count_rank', 'mean_rank'][loop.index0] }}{{ ',' if not loop.last }}
        {%- endfor %}
    from histories

),

rank_sums as (

    select
        as_of_date,
        cast(count(*) as double) as row_count,
        cast(sum(count_rank) as double) as rank_sum,
        {%- for first, second in [('count', 'mean'), ('count', 'count'), ('mean', 'mean')] %}
        cast(sum(cast(
            cast({{ first }}_rank as double) * {{ second }}_rank as decimal(38, 2)
        )) as double) as {{ first }}_{{ second }}_sum{{ ',' if not loop.last }}
        {%- endfor %}
    from ranked

    group by as_of_date

),

correlations as (

    select
        as_of_date,
        (count_mean_sum - rank_sum * rank_sum / row_count)
        / nullif(
            sqrt(greatest(count_count_sum - rank_sum * rank_sum / row_count, 0))
            * sqrt(greatest(mean_mean_sum - rank_sum * rank_sum / row_count, 0)), 0
        ) as spearman
    from rank_sums

),

parameters as (

    {% for model, names in parameters -%}
    {%- for name in names -%}
    select
        as_of_date,
        model,
        '{{ name }}' as parameter,
        {{ element('parameters', loop.index) }} as value,
        {{ element('standard_errors', loop.index) }} as standard_error,
        {{ element('at_bound', loop.index) }} as is_at_bound
    from fits

    where model = '{{ model }}'

    {{ 'union all' if not (loop.last and model == 'gamma_gamma') }}

    {% endfor -%}
    {%- endfor %}
),

final as (

    select
        fits.as_of_date,
        fits.model,
        parameters.parameter,
        parameters.value,
        parameters.standard_error,
        parameters.is_at_bound,
        fits.status,
        fits.log_likelihood,
        fits.largest_gradient,
        fits.start_count,
        fits.agreeing_start_count,
        fits.customer_count,
        fits.pattern_count,
        case
            when fits.model = 'bg_nbd'
                then
                    {{ element('fits.parameters', 3) }}
                    / ({{ element('fits.parameters', 3) }} + {{ element('fits.parameters', 4) }})
        end as drop_out_share,
        case
            when fits.model = 'gamma_gamma' then cast(correlations.spearman as decimal(18, 6))
        end as count_value_correlation

    from fits

    inner join parameters
        on
            fits.as_of_date = parameters.as_of_date
            and fits.model = parameters.model

    left join correlations
        on fits.as_of_date = correlations.as_of_date

)

select * from final
