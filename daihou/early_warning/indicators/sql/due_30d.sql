-- name = "未来30天应还"
-- unit = "元"
-- definition = "未来30天各期应还本息合计"
-- needs = ["instalments_ahead"]
-- source = "本系统建议"
SELECT customer,
       coalesce(sum(amount) FILTER (WHERE day <= $day + 30), 0) AS value
FROM instalments_ahead
GROUP BY customer
