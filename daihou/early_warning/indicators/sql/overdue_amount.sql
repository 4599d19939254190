-- name = "逾期本息"
-- unit = "元"
-- definition = "各笔借据逾期本金与利息合计"
-- needs = ["loans_today"]
-- source = "本系统建议"
SELECT customer,
       sum(principal_overdue + interest_overdue) AS value
FROM loans_today
GROUP BY customer
