-- definition = "每户近十二个三十天的流入,贷款发放不计;month_ago 为 0 是最近三十天"
-- needs = ["transactions"]
SELECT customer, ($day - day) // 30 AS month_ago,
       sum(CASE WHEN amount > 0 AND kind <> 11 THEN amount ELSE 0 END) AS inflow,
       min(day) AS first_day
FROM transactions
GROUP BY customer, ($day - day) // 30
