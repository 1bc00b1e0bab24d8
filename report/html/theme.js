// Colours and patterns. The hues are those of Okabe and Ito, which stay apart for colour-blind
// people; patterns and dashes tell areas and lines apart without any colour.
'use strict';

const HUES = {
  blue: '#0072b2',
  sky: '#56b4e9',
  green: '#009e73',
  orange: '#e69f00',
  vermillion: '#d55e00',
  purple: '#cc79a7',
  yellow: '#f0e442',
  grey: '#8c959e',
};

// What is drawn how: hue, pattern of areas, dash of lines.
const LOOKS = {
  busy: {hue: 'blue', pattern: 'solid', dash: []},
  run: {hue: 'blue', pattern: 'solid', dash: []},
  starting: {hue: 'orange', pattern: 'rising', dash: [6, 3]},
  start: {hue: 'orange', pattern: 'rising', dash: [6, 3]},
  init: {hue: 'sky', pattern: 'falling', dash: [6, 3]},
  queue: {hue: 'purple', pattern: 'dots', dash: [2, 2]},
  idle: {hue: 'grey', pattern: 'dots', dash: [2, 2]},
  reset: {hue: 'purple', pattern: 'grid', dash: [1, 2]},
  failed: {hue: 'vermillion', pattern: 'grid', dash: [1, 2]},
  arrived: {hue: 'blue', pattern: 'solid', dash: []},
  concurrency_max: {hue: 'blue', pattern: 'solid', dash: []},
  concurrency: {hue: 'green', pattern: 'solid', dash: [4, 2]},
  limit: {hue: 'vermillion', pattern: 'solid', dash: [8, 4]},
  cold_starts: {hue: 'blue', pattern: 'solid', dash: []},
  account_concurrency: {hue: 'vermillion', pattern: 'rising', dash: [6, 3]},
  reserved_concurrency: {hue: 'purple', pattern: 'falling', dash: [2, 2]},
  scaling_rate: {hue: 'orange', pattern: 'dots', dash: [8, 3, 2, 3]},
  account_request_rate: {hue: 'green', pattern: 'grid', dash: [4, 4]},
  reserved_request_rate: {hue: 'sky', pattern: 'level', dash: [1, 3]},
  no_capacity: {hue: 'grey', pattern: 'upright', dash: [10, 3]},
  tenant_environments: {hue: 'yellow', pattern: 'falling', dash: [3, 5]},
  all: {hue: 'ink', pattern: 'solid', dash: []},
  warm: {hue: 'green', pattern: 'solid', dash: [8, 3]},
  cold: {hue: 'vermillion', pattern: 'solid', dash: [3, 3]},
  queued: {hue: 'purple', pattern: 'solid', dash: [8, 3, 2, 3]},
  part_init: {hue: 'orange', pattern: 'solid', dash: [6, 2, 1, 2]},
  part_run: {hue: 'blue', pattern: 'solid', dash: [1, 2]},
};
const LOOK_DEFAULT = {hue: 'green', pattern: 'level', dash: [4, 4]};

function lookOf(name) {
  return LOOKS[name] ?? LOOK_DEFAULT;
}

function paint(variable) {
  return getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
}

function isDark() {
  return document.documentElement.dataset.theme === 'dark';
}

function hueOf(name) {
  const {hue} = lookOf(name);
  if (hue === 'ink') return paint('--ink');
  // The darkest hue lightens on a dark page.
  if (hue === 'blue' && isDark()) return '#3d9bd6';
  return HUES[hue];
}

const PATTERN_SIZE = 8;

// Strokes of one tile; each continues in the tiles around it.
function strokePattern(context, pattern) {
  const size = PATTERN_SIZE;
  context.beginPath();
  if (pattern === 'rising') {
    for (const shift of [-size, 0, size]) {
      context.moveTo(shift, size);
      context.lineTo(shift + size, 0);
    }
  } else if (pattern === 'falling') {
    for (const shift of [-size, 0, size]) {
      context.moveTo(shift, 0);
      context.lineTo(shift + size, size);
    }
  }
  if (pattern === 'level' || pattern === 'grid') {
    context.moveTo(0, size / 2);
    context.lineTo(size, size / 2);
  }
  if (pattern === 'upright' || pattern === 'grid') {
    context.moveTo(size / 2, 0);
    context.lineTo(size / 2, size);
  }
  context.stroke();
  if (pattern === 'dots') {
    for (const [x, y] of [[2, 2], [6, 6]]) {
      context.beginPath();
      context.arc(x, y, 1, 0, 2 * Math.PI);
      context.fill();
    }
  }
}

const fills = new Map();

// A fill for an area: the hue, thinned and patterned.
function fillOf(name) {
  const {pattern} = lookOf(name);
  const hue = hueOf(name);
  if (pattern === 'solid') return hue;
  const key = `${name} ${hue} ${isDark()}`;
  if (!fills.has(key)) {
    const tile = document.createElement('canvas');
    tile.width = tile.height = PATTERN_SIZE;
    const context = tile.getContext('2d');
    context.fillStyle = paint('--paper');
    context.fillRect(0, 0, PATTERN_SIZE, PATTERN_SIZE);
    context.globalAlpha = isDark() ? 0.42 : 0.34;
    context.fillStyle = hue;
    context.fillRect(0, 0, PATTERN_SIZE, PATTERN_SIZE);
    context.globalAlpha = 1;
    context.strokeStyle = hue;
    context.lineWidth = 1.6;
    strokePattern(context, pattern);
    fills.set(key, context.createPattern(tile, 'repeat'));
  }
  return fills.get(key);
}

// Calls `redraw` whenever the colours change. The choice is for this visit only: a file on disk has
// no place of its own to keep it.
function initTheme(redraw) {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    const choice = document.querySelector('input[name="theme"]:checked').value;
    const dark = choice === 'dark' || (choice === 'system' && system.matches);
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
    redraw();
  };
  for (const input of document.querySelectorAll('input[name="theme"]')) input.addEventListener('change', apply);
  system.addEventListener('change', apply);
  apply();
}
