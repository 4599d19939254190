-- name = "前90天流入"
-- unit = "元"
-- definition = "91至180天前的流入合计,贷款发放不计;流水不足180天为未知"
-- needs = ["transactions"]
-- source = "本系统建议"
SELECT customer,
       CASE WHEN min(day) <= $day - 180 THEN coalesce(sum(amount) FILTER (
           WHERE amount > 0 AND kind <> 11 AND day > $day - 180 AND day <= $day - 90), 0) END AS value
FROM transactions
GROUP BY customer
