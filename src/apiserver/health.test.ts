import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerHealth, healthChecks, healthPaths } from './health.ts';

const state = {
  failure: undefined as string | undefined,
  unwritable: undefined as string | undefined,
  started: true,
  stopping: false,
};
const checks = healthChecks({
  storeFailure: () => state.failure,
  writeFailure: () => state.unwritable,
  hasStarted: () => state.started,
  isStopping: () => state.stopping,
});
const ask = (path: string, query = '') => answerHealth(path, new URLSearchParams(query), checks);

test('all is well', () => {
  for (const root of ['/healthz', '/livez', '/readyz'])
    assert.deepEqual(ask(root), { status: 200, body: 'ok' });
  const lines = ask('/readyz', 'verbose')!.body.split('\n');
  assert.equal(lines[0], '[+]ping ok');
  assert.ok(lines.includes('[+]poststarthook/rbac/bootstrap-roles ok'));
  assert.ok(lines.includes('[+]poststarthook/storage-readiness ok'));
  assert.deepEqual(lines.slice(-3), ['[+]shutdown ok', 'readyz check passed', '']);
  assert.ok(!ask('/livez', 'verbose')!.body.includes('shutdown'));
});

test('single checks have their own paths, whatever slashes they hold', () => {
  assert.equal(ask('/livez/poststarthook/rbac/bootstrap-roles')!.body, 'ok');
  assert.equal(ask('/readyz/shutdown')!.body, 'ok');
  assert.equal(ask('/livez/shutdown'), undefined);
  assert.equal(ask('/livez/nothing'), undefined);
});

test('each path says what it asks of its own', () => {
  const paths = healthPaths(checks);
  for (const path of ['/healthz', '/livez/loopback-serving-certificate', '/readyz/etcd-readiness'])
    assert.ok(paths.includes(path), path);
  for (const path of ['/readyz/loopback-serving-certificate', '/livez/informer-sync'])
    assert.equal(ask(path) ?? paths.includes(path), false, path);
});

test('checks are left out by their names and groups; unknown names are told', () => {
  state.failure = 'the disk is gone';
  assert.equal(ask('/livez')!.status, 500);
  assert.match(ask('/livez')!.body, /^\[-\]etcd failed: reason withheld$/m);
  assert.equal(ask('/livez/etcd')!.body, 'internal server error: the disk is gone\n');
  const excluded = ask('/livez', 'exclude=etcd&exclude=b&exclude=a&verbose')!;
  assert.equal(excluded.status, 200);
  assert.match(excluded.body, /^\[\+\]etcd excluded: ok$/m);
  assert.match(excluded.body, /^warn: some health checks cannot be excluded: no matches for "a","b"$/m);
  state.failure = undefined;
});

test('a server that starts or stops is not ready', () => {
  state.started = false;
  assert.equal(ask('/readyz')!.status, 500);
  state.started = true;
  state.stopping = true;
  assert.deepEqual([ask('/readyz')!.status, ask('/livez')!.status], [500, 200]);
  state.stopping = false;
});

test('a server whose store cannot write is not ready, but lives', () => {
  state.unwritable = 'the disk is full';
  assert.deepEqual(
    [ask('/readyz')!.status, ask('/livez')!.status, ask('/livez/etcd')!.status],
    [500, 200, 200],
  );
  assert.match(ask('/readyz')!.body, /^\[-\]etcd-readiness failed: reason withheld$/m);
  state.unwritable = undefined;
  assert.equal(ask('/readyz')!.status, 200);
});
