import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseScript, type Script, scriptText } from './script.ts';

const script: Script = {
  seed: 7,
  steps: [1, 3],
  faults: [
    { place: 'PUT deployments/status', occurrence: 2, kind: 'crash after' },
    { place: 'watch pods', occurrence: 10, kind: 'late' },
  ],
};

test('a script is a text that says what is done and what goes wrong', () => {
  assert.equal(
    scriptText(script, ['create', 'change', 'delete']),
    [
      'seed 7',
      'step 1: create',
      'step 3: delete',
      'fault PUT deployments/status #2: crash after',
      'fault watch pods #10: late',
      '',
    ].join('\n'),
  );
});

test('what is written can be read, whatever stands beside it', () => {
  const text = `explore deployment\n${scriptText(script, ['create: it', '', '…'])}\n# a comment\n`;
  assert.deepEqual(parseScript(text), script);
});

test('what is no script is refused', () => {
  assert.throws(() => parseScript('fault pods: late'), /no line of a script: fault pods: late/);
});
