{%- set populations = {
    'visitors': {'relation': 'visitor_features', 'features': visitor_features()},
    'carts': {'relation': 'cart_features', 'features': cart_features()}
} -%}

with

dates as (

    select * from {{ ref('int_propensity_dates') }}

),

{% for name, population in populations.items() -%}
{{ population.relation }} as (

    select * from {{ ref('int_' ~ population.relation) }}

),

{% endfor -%}
described as (

    {% for name, population in populations.items() -%}
    {%- set relation = population.relation -%}
    {%- set told_apart_by = [] -%}
    {%- for feature in population.features -%}
        {%- do told_apart_by.append(relation ~ '.' ~ feature.name) -%}
    {%- endfor %}
    select
        '{{ name }}' as population,
        {{ relation }}.as_of_date,
        {{ relation }}.customer_id,
        {{ relation ~ '.product_id' if name == 'carts' else 'cast(null as string) as product_id' }},
        {{ dbt.array_construct(
            scaled_features(population.features, relation), 'decimal(12, 6)'
        ) }} as numbers,
        {{ fingerprint(told_apart_by) }} as fingerprint
    from {{ relation }}

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

-- whoever is alike is told apart by their ids alone, so that other ids draw the same sample
numbered as (

    select
        *,
        row_number() over (
            partition by population, as_of_date, fingerprint
            order by customer_id, product_id nulls last
        ) as alike_number
    from described

),

drawn as (

    select
        *,
        cast(row_number() over (
            partition by population, as_of_date
            order by {{ draw_order() }}
        ) as bigint) as sample_number
    from numbered

),

-- only published dates need everybody
final as (

    select
        drawn.population,
        drawn.as_of_date,
        drawn.customer_id,
        drawn.product_id,
        drawn.numbers,
        {{ dbt.array_construct(['cast(null as string)'], 'string') }} as words,
        drawn.sample_number

    from drawn

    inner join dates
        on drawn.as_of_date = dates.as_of_date

    where
        dates.is_published
        or drawn.sample_number <= {{ var('fit_sample_customers') }}

)

select * from final
