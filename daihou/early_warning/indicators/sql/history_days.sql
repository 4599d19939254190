-- name = "流水天数"
-- unit = "天"
-- definition = "最早一笔流水至今的天数,最多看400天"
-- needs = ["transactions"]
-- source = "本系统建议"
SELECT customer,
       $day - min(day) AS value
FROM transactions
GROUP BY customer
