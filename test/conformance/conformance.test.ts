import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstLine, runRows } from './run.ts';
import { formatLedger, passedInLedger } from './ledger.ts';
import { requirements } from './list.ts';
import { allRows } from './registry.ts';
import { containerSkipReason, containerTarget, embeddedTarget } from './target.ts';

test('what the ledger calls passed goes on passing', { timeout: 900_000 }, async t => {
  const rows = allRows();
  const passed = passedInLedger();
  const wanted = requirements().filter(({ id }) => {
    const known = rows.get(id);
    return passed.has(id) && !known?.slow && known?.needs !== 'containers';
  });
  assert.ok(wanted.length > 0, 'docs/conformance.md calls no row passed');
  await using target = await embeddedTarget();
  const targets = [target];
  const outcomes = await runRows({ targets, requirements: wanted, rows, concurrency: 8 });
  // A client's read and write may straddle a controller's on a busy machine: what fails runs once more, by itself.
  const failed = outcomes.filter(({ result }) => result === 'failed');
  for (const { requirement, error } of failed) t.diagnostic(`runs again: ${requirement.id}: ${error}`);
  const again = await runRows({
    targets,
    requirements: failed.map(({ requirement }) => requirement),
    rows,
    concurrency: 1,
  });
  const final = outcomes.map(
    outcome => again.find(({ requirement }) => requirement.id === outcome.requirement.id) ?? outcome,
  );
  for (const { requirement, result, error } of final) {
    const skip = result === 'not yet' && rows.get(requirement.id)?.needs === 'kubectl' && 'no kubectl here';
    await t.test(requirement.id, { skip }, () => assert.equal(result, 'passed', error ?? result));
  }
});

const containerSkip = await containerSkipReason();

test('a sample of the rows about processes passes on real containers', {
  skip: containerSkip,
  timeout: 600_000,
}, async t => {
  const rows = allRows();
  const passed = passedInLedger();
  const all = requirements().filter(({ id }) => {
    const known = rows.get(id);
    return passed.has(id) && known?.needs === 'containers' && !known.slow && !known.alone;
  });
  const wanted = all.filter((_, index) => index % 20 === 0);
  assert.ok(wanted.length > 0, 'docs/conformance.md calls no row about processes passed');
  await using target = await containerTarget();
  const outcomes = await runRows({ targets: [target], requirements: wanted, rows, concurrency: 4 });
  for (const { requirement, result, error } of outcomes) {
    await t.test(requirement.id, () => assert.equal(result, 'passed', error ?? result));
  }
});

test('the ledger counts by area and tells why a row failed', () => {
  const [first, second, third] = requirements();
  const text = formatLedger(
    [
      { requirement: first!, result: 'passed', durationMs: 1 },
      { requirement: second!, result: 'failed', durationMs: 2, error: 'no such `thing`' },
      { requirement: { ...third!, area: 'apps' }, result: 'not yet', durationMs: 0 },
    ],
    'a cluster',
  );
  assert.match(text, /^\| api-machinery \| 1 \| 1 \| 0 \| 2 \|$/m);
  assert.match(text, /^\| apps \| 0 \| 0 \| 1 \| 1 \|$/m);
  assert.match(text, /^\| \*\*All\*\* \| 1 \| 1 \| 1 \| 3 \|$/m);
  assert.ok(text.includes(`- failed: ${second!.id}\n  no such 'thing'\n`));
});

test("a failure is told by the server's message, else by its first lines", () => {
  const refused = Object.assign(new Error('HTTP-Code: 404'), {
    body: '{"message":"pods \\"x\\" not found"}',
  });
  assert.equal(firstLine(refused), 'pods "x" not found');
  assert.equal(firstLine(new Error('a\n\nb\nc')), 'a b');
  assert.equal(firstLine('text'), 'text');
});
