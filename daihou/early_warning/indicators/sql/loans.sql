-- name = "在贷笔数"
-- unit = "个"
-- definition = "在贷借据笔数"
-- needs = ["loans_today"]
-- source = "本系统建议"
SELECT customer,
       count(*) AS value
FROM loans_today
GROUP BY customer
