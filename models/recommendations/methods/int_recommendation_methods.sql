with

methods as (

    {% for name, method in recommendation_methods().items() -%}
    select
        '{{ name }}' as method,
        '{{ method.list }}' as list,
        '{{ method.kind }}' as kind,
        '{{ method.model }}' as model,
        cast({{ method.trend_exponent }} as decimal(18, 6)) as trend_exponent,
        {{ position_in(list_methods()[method.list], name) }} as list_position,
        {{ position_in(var('fallback_methods'), name) }} as fallback_position,
        {{ method.is_rule | lower }} as is_rule,
        '{{ method.wording }}' as wording,
        {{ method.needs_texts | lower }} as needs_texts,
        cast({{ method.max_products or 'null' }} as bigint) as max_products,
        {{ text_list([method.reason_for_none]) }} as reason_for_none
    {{ 'union all' if not loop.last }}

    {% endfor %}
),

final as (

    select
        *,
        list_position is not null or fallback_position is not null as is_on_list
    from methods

)

select * from final
