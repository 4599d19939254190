-- name = "距最近流入"
-- unit = "天"
-- definition = "距最近一笔流入的天数,贷款发放不计"
-- needs = ["transactions"]
-- source = "本系统建议"
SELECT customer,
       $day - max(day) FILTER (WHERE amount > 0 AND kind <> 11) AS value
FROM transactions
GROUP BY customer
