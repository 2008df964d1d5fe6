{%- set parameters = [
    ('bg_nbd', ['r', 'alpha', 'a', 'b']), ('gamma_gamma', ['p', 'q', 'v'])
] -%}

with

fits as (

    select * from {{ ref('ml_lifetime_value_fits') }}

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
        cast(fits.count_value_correlation as decimal(18, 6)) as count_value_correlation

    from fits

    inner join parameters
        on
            fits.as_of_date = parameters.as_of_date
            and fits.model = parameters.model

)

select * from final
