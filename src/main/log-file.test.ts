import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { VirtualClock } from '#base/virtual-clock.ts';
import { openLogFile } from './log-file.ts';

test('a log goes on once it can be written again, and says how much was lost', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-log-'));
  const path = join(folder, 'server.log');
  try {
    const clock = new VirtualClock(async () => {}, 0);
    await using log = await openLogFile(path, clock, 'info');
    log.info('first');
    await log.written();
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    await rename(path, `${path}.1`);
    await mkdir(path);
    log.info('second');
    await log.written();
    for (let i = 0; i < 10_001; i++) log.info('more', { i });
    await log.written();
    await rmdir(path);
    await clock.advance(1_000);
    await log.written();
    assert.equal(await readFile(`${path}.1`, 'utf8'), '1970-01-01T00:00:00.000Z INFO  first\n');
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    assert.equal(lines.length, 10_001);
    assert.deepEqual(
      [lines[0], lines[1], ...lines.slice(-2)].map(line => line!.slice(25)),
      [
        'INFO  second',
        'INFO  more i=0',
        'INFO  more i=9998',
        'WARN  lines were lost, for the log could not be written linesLost=2',
      ],
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
