-- name = "近90天流出"
-- unit = "元"
-- definition = "近90天账户流出合计"
-- needs = ["transactions"]
-- source = "本系统建议"
SELECT customer,
       coalesce(sum(-amount) FILTER (WHERE amount < 0 AND day > $day - 90), 0) AS value
FROM transactions
GROUP BY customer
