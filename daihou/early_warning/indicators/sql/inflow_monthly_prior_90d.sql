-- name = "此前90天月均流入"
-- unit = "元"
-- definition = "31至120天前流入的月均,贷款发放不计;流水不足120天为未知"
-- needs = ["transactions"]
-- source = "本系统建议"
SELECT customer,
       CASE WHEN min(day) <= $day - 120 THEN coalesce(sum(amount) FILTER (
           WHERE amount > 0 AND kind <> 11 AND day > $day - 120 AND day <= $day - 30), 0) // 3 END AS value
FROM transactions
GROUP BY customer
