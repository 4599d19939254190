-- name = "近180天最长断流"
-- unit = "天"
-- definition = "近180天两笔流入之间最长间隔的天数"
-- needs = ["transactions"]
-- source = "本系统建议"
SELECT customer,
       max(gap) FILTER (WHERE day > $day - 180) AS value
FROM inflow_gaps
GROUP BY customer
