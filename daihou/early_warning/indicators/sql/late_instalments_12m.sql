-- name = "近一年延迟期数"
-- unit = "个"
-- definition = "各笔借据近一年未按期偿还的期数合计"
-- needs = ["loans_today"]
-- source = "本系统建议"
SELECT customer,
       sum(late_instalments) AS value
FROM loans_today
GROUP BY customer
