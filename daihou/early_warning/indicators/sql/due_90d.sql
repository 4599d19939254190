-- name = "未来90天应还"
-- unit = "元"
-- definition = "未来90天各期应还本息合计"
-- needs = ["instalments_ahead"]
-- source = "本系统建议"
SELECT customer,
       sum(amount) AS value
FROM instalments_ahead
GROUP BY customer
