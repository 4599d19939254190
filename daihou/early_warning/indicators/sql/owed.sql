-- name = "贷款余额"
-- unit = "元"
-- definition = "各笔借据本金余额合计"
-- needs = ["loans_today"]
-- source = "本系统建议"
SELECT customer,
       sum(principal) AS value
FROM loans_today
GROUP BY customer
