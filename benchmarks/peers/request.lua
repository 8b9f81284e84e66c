-- What wrk sends, and the line of JSON it reports: times in microseconds.
-- Environment: TARGET (path and query); BODY (a file to POST; without it, GET); ETAG (If-None-Match); PAUSE (milliseconds between
-- one connection's requests). `@N@` in the body is another number in every request, from FIRST on.
wrk.path = os.getenv("TARGET")
local file = os.getenv("BODY")
if file then
  local handle = assert(io.open(file, "rb"))
  wrk.method, wrk.body = "POST", handle:read("*a")
  wrk.headers["Content-Type"] = "application/json"
  handle:close()
end
wrk.headers["Accept"] = "application/json"
wrk.headers["If-None-Match"] = os.getenv("ETAG")

if wrk.body and wrk.body:find("@N@", 1, true) then
  local template, number = wrk.body, tonumber(os.getenv("FIRST"))
  function request()
    number = number + 1
    return wrk.format(nil, nil, nil, (template:gsub("@N@", string.format("%d", number))))
  end
end

local pause = tonumber(os.getenv("PAUSE") or "0")
if pause > 0 then
  function delay()
    return pause
  end
end

function done(summary, latency, _requests)
  local e = summary.errors
  print(string.format(
    'RESULT {"requests": %d, "microseconds": %d, "bytes": %d, "p50": %d, "p99": %d, "max": %d, "failed": %d}',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99), latency.max,
    e.connect + e.read + e.write + e.status + e.timeout))
end
