{#- How texts are scored: the method that is served unless it is surely worse than the rule, its two
    parts, the rule, and a simpler one. -#}
{% macro review_methods() %}
    {{ return(['words_and_characters', 'words', 'characters', 'one_word', 'text_length']) }}
{% endmacro %}


{#- The rule that the method has to beat: whether a text has the one word that tells most. -#}
{% macro review_rule() %}
    {{ return('one_word') }}
{% endmacro %}


{#- Of so many people, at least, that a word is published which they wrote. -#}
{% macro fewest_authors() -%}
    3
{%- endmacro %}


{#- Who wrote a review: the customer, or where that is not known somebody else for each. -#}
{% macro review_author(reviews) -%}
    coalesce({{ reviews }}.customer_id, 'review ' || {{ reviews }}.review_id)
{%- endmacro %}
