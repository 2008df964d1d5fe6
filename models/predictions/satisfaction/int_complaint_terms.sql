{%- set prior_words = 500 -%}  {#- what is known of a word beforehand weighs as so many words -#}
{%- set most_terms = 20 -%}

with

counts as (

    select * from {{ ref('int_complaint_term_counts') }}

),

terms as (

    select * from {{ ref('int_known_terms') }}

),

-- words of the complaints of each group, and of all satisfied reviews
group_sums as (

    select
        level,
        group_key,
        cast(sum(complaint_count) as double) as group_count
    from counts

    group by
        level,
        group_key

),

shop_counts as (

    select
        term_number,
        cast(complaint_count as double) as shop_count
    from counts

    where level = 'shop'

),

satisfied as (

    select cast(sum(positive_count) as double) as satisfied_count from terms

),

compared as (

    select
        counts.level,
        counts.group_key,
        counts.term_number,
        terms.term,
        terms.is_everyday,
        terms.coefficient,
        terms.positive_count,
        counts.complaint_count,
        counts.author_count,
        group_sums.group_count,
        satisfied.satisfied_count,
        {{ prior_words }} * (shop_counts.shop_count + terms.positive_count)
        / (shop_sums.group_count + satisfied.satisfied_count) as prior_count

    from counts

    inner join terms
        on counts.term_number = terms.term_number

    inner join group_sums
        on
            counts.level = group_sums.level
            and counts.group_key = group_sums.group_key

    inner join group_sums as shop_sums
        on shop_sums.level = 'shop'

    inner join shop_counts
        on counts.term_number = shop_counts.term_number

    cross join satisfied

),

-- by how much a word is more frequent in these complaints than in satisfied reviews, beside what
-- chance gives: log-odds with an informative prior (Monroe, Colaresi and Quinn 2008)
weighed as (

    select
        *,
        cast((
            ln(
                (complaint_count + prior_count)
                / (group_count + {{ prior_words }} - complaint_count - prior_count)
            )
            - ln(
                (positive_count + prior_count)
                / (satisfied_count + {{ prior_words }} - positive_count - prior_count)
            )
        ) / sqrt(
            1 / (complaint_count + prior_count) + 1 / (positive_count + prior_count)
        ) as decimal(18, 6)) as surprise
    from compared

),

marking as (

    select *
    from weighed

    where
        surprise > 1.96
        and author_count >= {{ fewest_authors() }}

),

pairs as (

    select * from marking
    where term like '% %'

),

-- a word that these complaints have in one pair only is told by the pair
told as (

    select distinct
        marking.level,
        marking.group_key,
        marking.term_number

    from marking

    inner join pairs
        on
            marking.level = pairs.level
            and marking.group_key = pairs.group_key
            and marking.complaint_count = pairs.complaint_count

    where
        marking.term not like '% %'
        and (pairs.term like marking.term || ' %' or pairs.term like '% ' || marking.term)

),

ranked as (

    select
        marking.level,
        marking.group_key,
        cast(row_number() over (
            partition by marking.level, marking.group_key
            order by
                marking.surprise desc,
                marking.term asc
        ) as int) as term_rank,
        marking.term,
        marking.is_everyday,
        marking.complaint_count,
        marking.author_count,
        marking.surprise,
        cast(marking.coefficient as decimal(18, 6)) as coefficient

    from marking

    left join told
        on
            marking.level = told.level
            and marking.group_key = told.group_key
            and marking.term_number = told.term_number

    where told.term_number is null

),

final as (

    select * from ranked
    where term_rank <= {{ most_terms }}

)

select * from final
