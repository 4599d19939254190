-- name = "近30天最大一笔流出"
-- unit = "元"
-- definition = "近30天金额最大的一笔流出"
-- needs = ["transactions"]
-- source = "本系统建议"
SELECT customer,
       coalesce(max(-amount) FILTER (WHERE amount < 0 AND day > $day - 30), 0) AS value
FROM transactions
GROUP BY customer
