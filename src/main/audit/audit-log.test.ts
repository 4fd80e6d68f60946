import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { AuditEvent } from '#apiserver/audit/event.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { AuditLog } from './audit-log.ts';

const event = (auditID: string, userAgent = ''): AuditEvent => ({
  level: 'Metadata',
  auditID,
  stage: 'ResponseComplete',
  requestURI: '/',
  verb: 'get',
  user: {},
  sourceIPs: [],
  userAgent,
  receivedMs: 0,
  stageMs: 0,
});

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-audit-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'deep');
}

const put = (log: AuditLog, told: AuditEvent) => log.write([log.textOf(told)]);

const idsIn = async (file: string) =>
  (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map(line => (JSON.parse(line) as { auditID: string }).auditID);

test('events are appended in their order, to a file for its owner alone', async t => {
  const path = join(await folderOf(t), 'audit.log');
  const clock = new VirtualClock(() => Promise.resolve());
  for (const ids of [['a', 'b', 'c'], ['d']]) {
    await using log = await AuditLog.open({ path }, clock);
    await Promise.all(ids.map(id => put(log, event(id))));
  }
  assert.deepEqual(await idsIn(path), ['a', 'b', 'c', 'd']);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test('a file that is full is put aside; so many are kept', async t => {
  const folder = await folderOf(t);
  const path = join(folder, 'audit.log');
  const clock = new VirtualClock(() => Promise.resolve());
  const large = 'x'.repeat(600 * 1024);
  await using log = await AuditLog.open({ path, maxSize: 1, maxBackup: 2 }, clock);
  for (const id of ['a', 'b', 'c', 'd']) {
    await put(log, event(id, large));
    await clock.advance(1_500);
  }
  const aside = (await readdir(folder)).filter(name => name !== 'audit.log').sort();
  assert.equal(aside.length, 2);
  for (const name of aside) assert.match(name, /^audit-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}\.log$/);
  const kept = await Promise.all([...aside, 'audit.log'].map(name => idsIn(join(folder, name))));
  assert.deepEqual(kept, [['b'], ['c'], ['d']]);
});

test('what was put aside too long ago is removed', async t => {
  const folder = await folderOf(t);
  const clock = new VirtualClock(() => Promise.resolve());
  const large = 'x'.repeat(600 * 1024);
  await using log = await AuditLog.open({ path: join(folder, 'audit.log'), maxSize: 1, maxAge: 1 }, clock);
  await put(log, event('a', large));
  await put(log, event('b', large));
  await clock.advance(25 * 3_600_000);
  await put(log, event('c', large));
  assert.equal((await readdir(folder)).length, 2);
});

test('a file that cannot be written rejects who waits, and is tried again', async t => {
  const path = join(await folderOf(t), 'audit.log');
  const clock = new VirtualClock(() => Promise.resolve());
  await assert.rejects(AuditLog.open({ path: '/dev/null/audit.log' }, clock), /EEXIST|ENOTDIR/);
  await using log = await AuditLog.open({ path, maxSize: 1 }, clock);
  await put(log, event('a', 'x'.repeat(900 * 1024)));
  await rm(path);
  // The file that is full has no name any more: it cannot be put aside.
  await assert.rejects(put(log, event('b', 'x'.repeat(900 * 1024))), { code: 'ENOENT' });
  await put(log, event('c'));
  assert.deepEqual(await idsIn(path), ['c']);
});
