-- name = "近90天夜间交易占比"
-- unit = "%"
-- definition = "近90天有时刻的交易中,23点至次日6点的笔数占比;都没有时刻为未知"
-- needs = ["transactions"]
-- source = "农行流水分析要点第9号"
SELECT customer,
       count(*) FILTER (WHERE (minute >= 1380 OR minute < 360) AND day > $day - 90) * 10000
       // nullif(count(minute) FILTER (WHERE day > $day - 90), 0) AS value
FROM transactions
GROUP BY customer
