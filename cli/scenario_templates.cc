#include "cli/scenario_templates.h"

namespace floe::cli {
namespace {

constexpr char kApi[] =
    R"(# An API behind one function: how many callers meet a cold start, and how long do they wait?

name: "api"
# The run. The first ten minutes, while the first environments appear, are not counted.
duration: "2h"
warm_up: "10m"

# How long an idle environment is kept. Try 5m and 20m, or leave it at AWS's ten minutes.
keep_alive: "10m"

# What all functions of the account may run at once.
account { concurrency: 1000 }

functions {
  name: "api"
  memory_mib: 512
  timeout: "10s"
  # Requests come at random, 20 a second on average.
  arrivals { poisson { rate_per_second: 20 } }
  # Half of the requests run less than 80 ms, nine of ten less than 172 ms.
  run { lognormal { median: "80ms" sigma: 0.6 } }
  # A cold start: the container is made, then the code of a Python function initialises.
  start { constant: "80ms" }
  init { lognormal { median: "84ms" sigma: 0.17 } }
  # One request of a thousand ends with an error.
  error_rate: 0.001
}
)";

constexpr char kQueue[] =
    R"(# A queue worker: how long do messages wait, and how many workers does the backlog need?

name: "queue"
duration: "1h"

functions {
  name: "worker"
  memory_mib: 1024
  timeout: "30s"
  # At most ten batches at once, so that the database behind the worker is not overrun.
  concurrency_reserved: 10
  # Five messages a second, and 2,000 at once after twenty minutes.
  arrivals { poisson { rate_per_second: 5 } }
  arrivals { burst { count: 2000 at: "20m" } }
  # An SQS queue: up to ten messages for each invocation, which return after three minutes when the
  # invocation fails, and go to the dead letters at the fifth time.
  queue {
    batch_size: 10
    concurrency_max: 10
    visibility_timeout: "3m"
    receives_max: 5
    # Each further message of a batch takes 200 ms.
    run_per_message { constant: "200ms" }
  }
  run { constant: "300ms" }
  start { constant: "80ms" }
  init { constant: "150ms" }
  error_rate: 0.01
}
)";

constexpr char kAsync[] = R"(# Events that nobody waits for: how late do they run, and are any lost?

name: "async"
duration: "1h"

# So little concurrency that the peaks have to wait in Lambda's own queue.
account { concurrency: 150 unreserved_concurrency_min: 100 }

functions {
  name: "thumbnailer"
  memory_mib: 1769
  timeout: "1m"
  # Quiet for about ten minutes, then 60 uploads a second for about one.
  arrivals {
    markov_modulated {
      states { rate_per_second: 2 mean_stay: "10m" }
      states { rate_per_second: 60 mean_stay: "1m" }
    }
  }
  # An event is tried again after an error of the function, twice at most, and given up when it is
  # half an hour old.
  asynchronous { retries_max: 2 event_age_max: "30m" }
  run { lognormal { median: "3s" sigma: 0.5 } }
  start { constant: "80ms" }
  init { constant: "400ms" }
  error_rate: 0.02
}
)";

constexpr char kBurst[] =
    R"(# Many requests at once: how many are throttled, by which limit, and when is the burst over?

name: "burst"
duration: "5m"

account {
  concurrency: 5000
  # Since November 2023 each function may grow by 1,000 environments in 10 seconds. Compare with
  # SCALING_RULE_LEGACY and a region such as "eu-west-1".
  scaling_rule: SCALING_RULE_CURRENT
}

functions {
  name: "checkout"
  memory_mib: 512
  timeout: "20s"
  # 5,000 callers at once, who try again after a throttle.
  clients {
    count: 5000
    think { exponential { mean: "30s" } }
    retries_max: 5
    from: "1m"
  }
  # The usual load beside them.
  arrivals { poisson { rate_per_second: 50 } }
  run { lognormal { median: "400ms" sigma: 0.4 } }
  start { constant: "80ms" }
  init { constant: "240ms" }
}
)";

constexpr char kClients[] =
    R"(# Users that wait for each answer: what do they notice when the function slows down?

name: "clients"
duration: "30m"
warm_up: "5m"

functions {
  name: "shop"
  memory_mib: 512
  timeout: "10s"
  concurrency_reserved: 60
  # 400 users. Each waits for the answer, thinks for 5 seconds on average, and asks again. When
  # answers take longer, they ask less often: a queue cannot grow without end.
  clients {
    count: 400
    think { exponential { mean: "5s" } }
    # After a throttle: after up to 100 ms, up to 200 ms, up to 400 ms; then the user gives up.
    retries_max: 3
    backoff_first: "100ms"
  }
  run { lognormal { median: "600ms" sigma: 0.5 } }
  start { constant: "80ms" }
  init { constant: "240ms" }
}
)";

constexpr char kProvisioned[] =
    R"(# Provisioned concurrency: how many cold starts does it avoid, and what does it cost?

name: "provisioned"
# Two days, of which the first is not counted.
duration: "48h"
warm_up: "24h"

functions {
  name: "login"
  memory_mib: 1024
  timeout: "10s"
  # Between 2 and 18 requests a second, with the peak at 14 o'clock.
  arrivals { sine { mean_rate_per_second: 10 amplitude: 0.8 peak_at: "14h" } }
  # Follows the load so that 70 % of the environments are in use. Leave it out to compare.
  provisioned { tracking { min: 5 max: 40 target_utilization: 0.7 } }
  run { lognormal { median: "900ms" sigma: 0.4 } }
  start { constant: "80ms" }
  # Java initialises slowly.
  init { lognormal { median: "3s" sigma: 0.3 } }
}

# What the run would cost is shown with the result.
prices { profile: "aws-us-east-1-2026" }
)";

constexpr char kNodes[] =
    R"(# Your own machines: how much memory do they need, and which idle environments should they give up?

name: "nodes"
duration: "2h"
warm_up: "20m"

# Two machines, which make at most two containers at a time each.
nodes { count: 2 memory_mib: 8192 cpus: 4 start_parallelism: 2 }

# Idle environments stay until their memory is needed; then those go first that are used seldom,
# start fast and take much memory. Compare with EVICTION_RULE_LEAST_RECENTLY_USED.
keep_alive_rule: KEEP_ALIVE_RULE_UNTIL_EVICTED
eviction_rule: EVICTION_RULE_GREEDY_DUAL
placement_rule: PLACEMENT_RULE_BEST_FIT

account { concurrency: 1000 scaling_rule: SCALING_RULE_UNLIMITED requests_per_concurrency: 0 }

# Forty small functions that are asked once in a minute or so.
functions {
  name: "small"
  count: 40
  memory_mib: 256
  timeout: "30s"
  arrivals { poisson { rate_per_second: 0.02 } }
  run { lognormal { median: "500ms" sigma: 0.8 } }
  start { constant: "120ms" }
  init { constant: "200ms" }
}

# Ten large ones that initialise slowly and are asked at regular times.
functions {
  name: "large"
  count: 10
  memory_mib: 1536
  timeout: "30s"
  arrivals { constant { interval: "3m" random_phase: true } }
  run { constant: "2s" }
  start { constant: "120ms" }
  init { constant: "4s" }
}
)";

constexpr char kTrace[] = R"(# Recorded requests: what would they have met on Lambda?

name: "trace"
# Without a duration, the run is as long as the trace.

traces {
  # A CSV file beside this one: when each request came, in seconds, and where known the function and
  # how long it ran. Times may be dates such as 2026-08-09T12:34:56Z. Also: azure_2019, azure_2021,
  # and journal for what Floe itself has run.
  timestamps { file: "@DATA@" }
  # What the trace does not tell of its functions.
  like {
    memory_mib: 512
    timeout: "30s"
    start { constant: "80ms" }
    init { constant: "250ms" }
  }
}
)";

constexpr char kTraceData[] = R"(timestamp,function,duration
0.000,search,0.120
0.035,search,0.095
0.040,search,0.210
1.500,search,0.088
2.250,report,4.200
2.300,search,0.101
30.000,search,0.115
31.200,report,3.900
45.000,search,0.097
45.001,search,0.102
45.002,search,0.130
59.900,report,4.050
)";

constexpr ScenarioTemplate kTemplates[] = {
    {.kind = "api",
     .question = "how many callers of a function meet a cold start",
     .text = kApi,
     .data = {}},
    {.kind = "queue",
     .question = "how long the messages of an SQS queue wait",
     .text = kQueue,
     .data = {}},
    {.kind = "async",
     .question = "how late events run that nobody waits for",
     .text = kAsync,
     .data = {}},
    {.kind = "burst",
     .question = "how many of many requests at once are throttled",
     .text = kBurst,
     .data = {}},
    {.kind = "clients",
     .question = "what users notice who wait for each answer",
     .text = kClients,
     .data = {}},
    {.kind = "provisioned",
     .question = "what provisioned concurrency avoids and costs",
     .text = kProvisioned,
     .data = {}},
    {.kind = "nodes",
     .question = "how much memory machines of your own need",
     .text = kNodes,
     .data = {}},
    {.kind = "trace",
     .question = "what recorded requests would have met",
     .text = kTrace,
     .data = kTraceData},
};

}  // namespace

absl::Span<const ScenarioTemplate> ScenarioTemplates() {
  return kTemplates;
}

const ScenarioTemplate* FindScenarioTemplate(absl::string_view kind) {
  for (const ScenarioTemplate& scenario : kTemplates) {
    if (scenario.kind == kind) return &scenario;
  }
  return nullptr;
}

}  // namespace floe::cli
