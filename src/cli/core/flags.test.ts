import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Flag, parseArguments, parseDuration } from './flags.ts';

const flags: Flag[] = [
  { name: 'namespace', short: 'n', type: 'string', help: '' },
  { name: 'watch', short: 'w', type: 'bool', help: '' },
  { name: 'wait', type: 'bool', default: true, help: '' },
  { name: 'dry-run', type: 'string', default: 'none', bare: 'unchanged', help: '' },
  { name: 'filename', short: 'f', type: 'list', help: '' },
  { name: 'replicas', type: 'int', help: '' },
  { name: 'timeout', type: 'duration', help: '' },
];

test('flags may stand anywhere and in every form', () => {
  for (const words of [['-n', 'x'], ['-nx'], ['-n=x'], ['--namespace', 'x'], ['--namespace=x']]) {
    const parsed = parseArguments(['pods', ...words, 'a'], flags);
    assert.equal(parsed.flags.string('namespace'), 'x');
    assert.deepEqual(parsed.args, ['pods', 'a']);
  }
});

test('a boolean takes a value only after an equals sign', () => {
  const parsed = parseArguments(['-w', 'false', '--wait=false'], flags);
  assert.equal(parsed.flags.bool('watch'), true);
  assert.equal(parsed.flags.bool('wait'), false);
  assert.deepEqual(parsed.args, ['false']);
});

test('a flag with a bare value never eats the next word', () => {
  const parsed = parseArguments(['--dry-run', 'pod'], flags);
  assert.equal(parsed.flags.string('dry-run'), 'unchanged');
  assert.deepEqual(parsed.args, ['pod']);
});

test('lists split at commas and repeat', () => {
  assert.deepEqual(parseArguments(['-f', 'a,b', '-fc'], flags).flags.list('filename'), ['a', 'b', 'c']);
});

test('what follows -- is not read', () => {
  const parsed = parseArguments(['pod', '--', 'ls', '-l'], flags);
  assert.deepEqual([parsed.args, parsed.dashAt], [['pod', 'ls', '-l'], 1]);
});

test('mistakes are worded as pflag words them', () => {
  const cases: [string[], RegExp][] = [
    [['--foo'], /^unknown flag: --foo$/],
    [['-wz'], /^unknown shorthand flag: 'z' in -wz$/],
    [['--namespace'], /^flag needs an argument: --namespace$/],
    [['-n'], /^flag needs an argument: 'n' in -n$/],
    [
      ['--replicas=x'],
      /^invalid argument "x" for "--replicas" flag: strconv.ParseInt: parsing "x": invalid syntax$/,
    ],
    [['--timeout=5'], /^invalid argument "5" for "--timeout" flag: time: invalid duration "5"$/],
  ];
  for (const [words, message] of cases) assert.throws(() => parseArguments(words, flags), { message });
});

test('durations are Go durations', () => {
  assert.deepEqual(['1h2m3s', '500ms', '0', '1.5s', '-1s', '5'].map(parseDuration), [
    3_723_000,
    500,
    0,
    1500,
    -1000,
    undefined,
  ]);
  assert.equal(parseDuration(`${'11s'.repeat(200)}x`), undefined);
});
