-- name = "近十二月收入波动"
-- unit = "%"
-- definition = "近十二个三十天流入的变异系数(标准差为均值的百分之几),贷款发放不计;流水不足330天或没有流入为未知"
-- needs = ["transactions"]
-- source = "农行流水分析要点第3号"
SELECT customer,
       CASE WHEN min(first_day) <= $day - 330 AND sum(inflow // 10000) FILTER (WHERE month_ago < 12) > 0
       THEN CAST(floor(10000 * sqrt(greatest(CAST(0 AS DOUBLE),
           CAST(sum((inflow // 10000) * (inflow // 10000)) FILTER (WHERE month_ago < 12) AS DOUBLE) * 12
           / CAST(sum(inflow // 10000) FILTER (WHERE month_ago < 12) AS DOUBLE)
           / CAST(sum(inflow // 10000) FILTER (WHERE month_ago < 12) AS DOUBLE) - 1))) AS BIGINT) END AS value
FROM client_months
GROUP BY customer
