-- The cells of the export of answers by SQLite's own functions, as a floor for it (measure.py). It does less:
-- ids without a key, no cell quoted that need not be, and a guard that knows neither full-width signs nor
-- what stands unseen before a sign.
.mode csv
.headers on
SELECT 'A' || hex(randomblob(8)) AS answer_id, 'P' || substr(a.participant, 1, 16) AS participant,
 strftime('%Y-%m-%dT%H:%M:%S+07:00', a.at, '+7 hours') AS at,
 strftime('%d/%m/', a.at, '+7 hours') || (strftime('%Y', a.at, '+7 hours') + 543) || strftime(' %H:%M:%S', a.at, '+7 hours') AS at_be,
 a.channel, coalesce(a."group", '') AS "group", coalesce(a.capacity, '') AS capacity, a.clause, a.question AS question_id, a.version, a.stem,
 (SELECT group_concat(json_extract(value, '$.id') || '=' || json_extract(value, '$.label'), ' | ') FROM json_each(a.options)) AS options_shown,
 a."order", a.outcome,
 (SELECT group_concat(value, ' | ') FROM json_each(a.chosen)) AS chosen_codes,
 (SELECT group_concat((SELECT json_extract(o.value, '$.label') FROM json_each(a.options) o WHERE json_extract(o.value, '$.id') = c.value), ' | ') FROM json_each(a.chosen) c) AS chosen_labels,
 CASE WHEN a.text GLOB '[=+@' || char(9,10,13) || '''-]*' THEN '''' || a.text ELSE a.text END AS text,
 a.notice, CASE WHEN a.replaced_at IS NULL THEN 'yes' ELSE 'no' END AS current, strftime('%Y-%m-%dT%H:%M:%S+07:00', a.replaced_at, '+7 hours') AS replaced_at
FROM answers a
WHERE a.replaced_at IS NULL AND a.participant NOT IN (SELECT id FROM participants WHERE restricted IS 1)
 AND NOT (a.outcome = 'answered' AND a.chosen = '[]' AND a.text IS NULL)
ORDER BY a.at, a.id;
