// One lane for each environment of a small run: when it was made, initialised, ran and waited.
'use strict';

const LANE_HEIGHT = 14;
const LANE_STATES = [
  ['start', 'start'], ['init', 'init'], ['run', 'run'], ['failed', 'run that failed'], ['idle', 'idle'], ['reset', 'reset'],
];

// Per state the bars of all lanes; a bar knows its lane and what happened in it.
function laneDatasets(lanes) {
  const bars = new Map(LANE_STATES.map(([state]) => [state, []]));
  lanes.environments.forEach((environment, lane) => {
    for (const [state, begin, end, invocation] of environment.spans) {
      const [from, to] = [begin * 1e-9, end * 1e-9];
      bars.get(lanes.states[state]).push({x: [from, to], y: lane, environment, invocation, state: lanes.states[state]});
    }
  });
  return LANE_STATES.filter(([state]) => bars.get(state).length > 0).map(([state, label]) => ({
    look: state, label, isLine: false, data: bars.get(state), grouped: false, barThickness: LANE_HEIGHT - 4,
    minBarLength: 1, borderWidth: 0, borderSkipped: false,
  }));
}

function laneTooltip(item) {
  const {x: [from, to], state, invocation} = item.raw;
  const what = invocation === undefined ? words(state) : `${words(state)}, invocation ${formatCount(invocation)}`;
  return [`${what}: ${formatLength(to - from)}`, `from ${formatTime(from, to - from)}`];
}

function showLanes(result, run) {
  const lanes = run?.lanes;
  const note = document.getElementById('lanes-note');
  if (!lanes?.environments?.length) {
    note.textContent = run?.lanes_left_out ?? '';
    document.getElementById('lanes').hidden = note.textContent === '';
    return;
  }
  const environments = lanes.environments;
  note.textContent = run.note ?? '';
  const frame = makeFrame(document.getElementById('lanes-chart'), {
    title: `${formatCount(environments.length)} environments`,
    about: 'One lane each, in the order in which they were made, grouped by function',
    height: environments.length * LANE_HEIGHT + 56,
    inWindow: environments.length * LANE_HEIGHT > 600,
  });
  const nameOf = (lane) => `${environments[lane].function} ${environments[lane].name}`;
  const y = axis('', {
    type: 'linear', reverse: true, min: -0.5, max: environments.length - 0.5, offset: false,
    afterBuildTicks: (scale) => { scale.ticks = environments.map((_, value) => ({value})); },
  });
  y.grid.display = false;
  y.ticks = {...y.ticks, autoSkip: false, font: {size: 10}, callback: (value) => shorten(nameOf(value))};
  addChart(frame, {
    type: 'bar',
    data: {datasets: laneDatasets(lanes)},
    options: {
      indexAxis: 'y',
      interaction: {mode: 'nearest', intersect: true},
      scales: {x: {...timeAxis(), position: 'top'}, y},
      plugins: {tooltip: {callbacks: {title: (items) => nameOf(items[0].raw.y), label: laneTooltip}}},
    },
  }, {isOverTime: true});
}

function shorten(name) {
  const length = window.innerWidth < 600 ? 12 : 28;
  return name.length <= length ? name : `${name.slice(0, length / 2 - 1)}…${name.slice(-length / 2)}`;
}
