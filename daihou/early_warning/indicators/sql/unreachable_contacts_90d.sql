-- name = "近90天联系不上"
-- unit = "个"
-- definition = "近90天登记为联系不上的次数;近90天没有登记过联系为未知"
-- needs = ["happenings"]
-- source = "本系统建议"
SELECT customer,
       CASE WHEN count(*) FILTER (WHERE is_contact AND day > $day - 90) > 0
       THEN count(*) FILTER (WHERE is_unreachable AND day > $day - 90) END AS value
FROM happenings
GROUP BY customer
