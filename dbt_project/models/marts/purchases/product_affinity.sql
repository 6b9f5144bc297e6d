-- Pairs of products, and of categories, that are bought together more or less often than chance would have it.
with frequent as (
    select contents.scope, contents.level, contents.basket, contents.item, items.least_baskets
    from {{ ref('int_baskets__contents') }} as contents
    inner join {{ ref('int_baskets__items') }} as items
        on contents.scope = items.scope and contents.level = items.level and contents.item = items.item
),

together as (
    select a.scope, a.level, a.item as item, b.item as partner, count(*) as pair_baskets
    from frequent as a
    inner join frequent as b on a.scope = b.scope and a.level = b.level and a.basket = b.basket and a.item < b.item
    group by a.scope, a.level, a.item, b.item
    having count(*) >= max(a.least_baskets)
),

both_ways as (
    select scope, level, item, partner, pair_baskets from together
    union all
    select scope, level, partner, item, pair_baskets from together
),

counted as (
    select
        pairs.scope,
        pairs.level,
        pairs.item,
        pairs.partner,
        items.partners,
        cast(items.baskets as double) as n,
        cast(items.item_baskets as double) as n_item,
        cast(partners.item_baskets as double) as n_partner,
        cast(pairs.pair_baskets as double) as n_both
    from both_ways as pairs
    inner join {{ ref('int_baskets__items') }} as items
        on pairs.scope = items.scope and pairs.level = items.level and pairs.item = items.item
    inner join {{ ref('int_baskets__items') }} as partners
        on pairs.scope = partners.scope and pairs.level = partners.level and pairs.partner = partners.item
),

judged as (
    select
        *,
        n_both * n / (n_item * n_partner) as lift,
        -- Variance of the logarithm of lift when baskets are drawn at random (delta method).
        greatest(1 / n_both - 1 / n_item - 1 / n_partner + 2 * n_both / (n_item * n_partner) - 1 / n, 0) as variance,
        n * power(n * n_both - n_item * n_partner, 2)
            / nullif(n_item * n_partner * (n - n_item) * (n - n_partner), 0) as chi_square
    from counted
),

placed as (
    select
        *,
        lift * exp(-1.96 * sqrt(variance)) as lift_low,
        lift * exp(1.96 * sqrt(variance)) as lift_high,
        row_number() over (
            partition by scope, level, item
            order by {{ rounded('lift * exp(-1.96 * sqrt(variance))', 6) }} desc, n_both desc, partner
        ) as place
    from judged
)

select
    placed.scope,
    placed.level,
    placed.item,
    coalesce(products.product_name, placed.item) as item_name,
    placed.partner,
    coalesce(partner_products.product_name, placed.partner) as partner_name,
    cast(placed.place as integer) as place,
    cast(placed.n as bigint) as baskets,
    cast(placed.n_item as bigint) as item_baskets,
    cast(placed.n_partner as bigint) as partner_baskets,
    cast(placed.n_both as bigint) as pair_baskets,
    {{ ratio('n_both', 'n') }} as support,
    {{ ratio('n_both', 'n_item') }} as confidence,
    {{ rounded('placed.lift', 6) }} as lift,
    {{ rounded('placed.lift_low', 6) }} as lift_low,
    {{ rounded('placed.lift_high', 6) }} as lift_high,
    {{ rounded('placed.chi_square', 6) }} as chi_square,
    case when placed.lift_low > 1 then 'together' when placed.lift_high < 1 then 'apart' else 'chance' end as finding,
    {{ current_build('as_of_date') }} as as_of_date,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from placed
left join {{ ref('dim_product') }} as products on placed.level = 'product' and placed.item = products.product_id
left join {{ ref('dim_product') }} as partner_products
    on placed.level = 'product' and placed.partner = partner_products.product_id
where placed.place <= placed.partners
