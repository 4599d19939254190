-- definition = "每户近90天与近一年的流入,贷款发放不计;近一年没有流入的,近一年流入为空"
-- needs = ["transactions"]
SELECT customer,
       sum(CASE WHEN amount > 0 AND kind <> 11 AND day > $day - 90 THEN amount ELSE 0 END)
       AS inflow_90d,
       sum(CASE WHEN amount > 0 AND kind <> 11 AND day > $day - 365 THEN amount END) AS inflow_365d
FROM transactions
GROUP BY customer
