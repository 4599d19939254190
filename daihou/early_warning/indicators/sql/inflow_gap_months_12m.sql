-- name = "近十二月断档月数"
-- unit = "个"
-- definition = "近十二个三十天中没有流入的个数,贷款发放不计;流水不足330天为未知"
-- needs = ["transactions"]
-- source = "农行流水分析要点第4号"
SELECT customer,
       CASE WHEN min(first_day) <= $day - 330
       THEN 12 - count(*) FILTER (WHERE month_ago < 12 AND inflow > 0) END AS value
FROM client_months
GROUP BY customer
