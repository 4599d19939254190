-- name = "近90天他行新开账户"
-- unit = "个"
-- definition = "近90天在他行新开的账户个数"
-- needs = ["accounts"]
-- source = "本系统建议"
SELECT customer,
       count(*) FILTER (WHERE NOT is_ours AND opened > $day - 90) AS value
FROM accounts
GROUP BY customer
