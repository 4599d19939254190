-- name = "保证期间剩余"
-- unit = "天"
-- definition = "最早届满的保证期间还剩的天数"
-- needs = ["guarantees"]
-- source = "民法典保证期间"
SELECT customer,
       min(ends) - $day AS value
FROM guarantees
GROUP BY customer
