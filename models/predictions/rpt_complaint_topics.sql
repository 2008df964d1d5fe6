with

counts as (

    select * from {{ ref('int_complaint_topic_counts') }}

),

satisfaction as (

    select * from {{ ref('int_satisfaction_groups') }}

),

shop_counts as (

    select
        topic_number,
        complaint_count
    from counts

    where level = 'shop'

),

shop as (

    select complaint_count from satisfaction
    where level = 'shop'

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

final as (

    select
        today.as_of_date,
        counts.level,
        counts.group_key,
        counts.topic_rank,
        counts.topic_number,
        counts.topic,
        counts.complaint_count,
        {{ ratio('counts.complaint_count', 'satisfaction.complaint_count') }} as complaint_share,
        {{ ratio('shop_counts.complaint_count', 'shop.complaint_count') }} as shop_complaint_share

    from counts

    cross join today

    inner join satisfaction
        on
            counts.level = satisfaction.level
            and counts.group_key = satisfaction.group_key

    inner join shop_counts
        on counts.topic_number = shop_counts.topic_number

    cross join shop

)

select * from final
