import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { hasUpstreamTools, upstreamTools } from './kubectl.ts';

const run = promisify(execFile);

test('the upstream kubectl and helm are extracted once and run', {
  skip: !hasUpstreamTools() && 'no tools for this platform',
}, async () => {
  const [first, second] = await Promise.all([upstreamTools(), upstreamTools()]);
  assert.deepEqual(first, second);
  const version = await run(first.kubectl, ['version', '--client']);
  assert.match(version.stdout, /^Client Version: v1\.35\./);
  const helm = await run(first.helm, ['version', '--short']);
  assert.match(helm.stdout, /^v[34]\./);
});
