-- name = "最长逾期"
-- unit = "天"
-- definition = "各笔借据逾期天数的最大值"
-- needs = ["loans_today"]
-- source = "本系统建议"
SELECT customer,
       max(days_past_due) AS value
FROM loans_today
GROUP BY customer
