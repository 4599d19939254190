-- name = "流入较前90天"
-- unit = "%"
-- definition = "近90天流入为前90天流入的百分之几;前90天没有流入为未知"
-- needs = ["transactions"]
-- source = "本系统建议"
SELECT customer,
       CASE WHEN min(day) <= $day - 180 THEN coalesce(sum(amount) FILTER (
           WHERE amount > 0 AND kind <> 11 AND day > $day - 90), 0) * 10000 // nullif(sum(amount) FILTER (
           WHERE amount > 0 AND kind <> 11 AND day > $day - 180 AND day <= $day - 90), 0) END AS value
FROM transactions
GROUP BY customer
