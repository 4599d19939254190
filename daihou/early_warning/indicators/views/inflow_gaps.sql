-- definition = "每笔流入距上一笔流入的天数,贷款发放不计"
-- needs = ["transactions"]
SELECT customer, day,
       day - lag(day) OVER (PARTITION BY customer ORDER BY day, id) AS gap
FROM transactions
WHERE amount > 0 AND kind <> 11
