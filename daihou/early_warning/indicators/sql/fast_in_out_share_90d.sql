-- name = "近90天当日进出占比"
-- unit = "%"
-- definition = "近90天流入中当日又流出的占比;没有流入为未知"
-- needs = ["transactions"]
-- source = "农行流水分析要点第8号"
SELECT customer,
       sum(CASE WHEN outflow < inflow THEN outflow ELSE inflow END) * 10000 // nullif(sum(inflow), 0) AS value
FROM client_days
GROUP BY customer
