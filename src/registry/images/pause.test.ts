import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pauseExecutable } from './pause.ts';

const canRun = platform() === 'linux' && (arch() === 'x64' || arch() === 'arm64');
const here = arch() === 'arm64' ? 'arm64' : 'amd64';

test('the executables have sound ELF headers', () => {
  for (const [architecture, machine] of [
    ['amd64', 62],
    ['arm64', 183],
  ] as const) {
    const file = Buffer.from(pauseExecutable(architecture));
    assert.equal(file.toString('latin1', 1, 4), 'ELF');
    assert.equal(file.readUInt16LE(16), 2);
    assert.equal(file.readUInt16LE(18), machine);
    const entry = file.readBigUInt64LE(24);
    const segment = 64;
    assert.equal(file.readUInt32LE(segment), 1);
    assert.equal(entry - file.readBigUInt64LE(segment + 16), 64n + 2n * 56n);
    assert.equal(file.readBigUInt64LE(segment + 32), BigInt(file.length));
    assert.ok(file.length < 400);
  }
});

test('the code for arm64 is what its instruction set says', () => {
  const code = Buffer.from(pauseExecutable('arm64')).subarray(64 + 2 * 56);
  const words = Array.from({ length: code.length / 4 }, (_, i) => code.readUInt32LE(4 * i).toString(16));
  assert.deepEqual(words, [
    'd2800000', // mov x0, #0 (SIG_BLOCK)
    '100003a1', // adr x1, mask
    'd2800002', // mov x2, #0
    'd2800103', // mov x3, #8
    'd28010e8', // mov x8, #135 (rt_sigprocmask)
    'd4000001', // svc #0
    '92800000', // reap: mov x0, #-1
    'd2800001',
    'd2800022', // mov x2, #1 (WNOHANG)
    'd2800003',
    'd2802088', // mov x8, #260 (wait4)
    'd4000001',
    'f100001f', // cmp x0, #0
    '54ffff2c', // b.gt reap
    '10000200', // wait: adr x0, mask
    'd2800001',
    'd2800002',
    'd2800103',
    'd2801128', // mov x8, #137 (rt_sigtimedwait)
    'd4000001',
    'f100441f', // cmp x0, #17
    '54fffe20', // b.eq reap
    'f100081f', // cmp x0, #2
    '54000080', // b.eq exit
    'f1003c1f', // cmp x0, #15
    '54000040', // b.eq exit
    '17fffff4', // b wait
    'd2800000', // exit: mov x0, #0
    'd2800bc8', // mov x8, #94 (exit_group)
    'd4000001',
    '14002', // mask
    '0',
  ]);
});

async function withPause(run: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-pause-'));
  try {
    const path = join(folder, 'pause');
    await writeFile(path, pauseExecutable(here), { mode: 0o755 });
    await run(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function stateOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2)[0] ?? 'gone';
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (await condition()) return;
    await delay(10);
  }
  assert.fail('the condition did not come true');
}

test('it waits, and leaves with 0 on SIGTERM and SIGINT', {
  skip: !canRun && 'no such machine',
}, async () => {
  await withPause(async path => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const child: ChildProcess = spawn(path);
      const exit = once(child, 'exit');
      await until(async () => (await stateOf(child.pid!)) === 'S');
      child.kill(signal);
      assert.deepEqual(await exit, [0, null]);
    }
  });
});

test('it reaps the children that are left to it', { skip: !canRun && 'no such machine' }, async () => {
  await withPause(async path => {
    // The shell starts a child, then becomes pause, which so has a child that it never made.
    const child = spawn('/bin/sh', ['-c', 'sleep 30 & echo $!; exec "$0"', path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    const grandchild = Number(line.toString());
    await until(async () => (await readFile(`/proc/${child.pid}/comm`, 'utf8')).trim() === 'pause');
    process.kill(grandchild, 'SIGKILL');
    await until(async () => (await stateOf(grandchild)) === 'gone');
    child.kill('SIGTERM');
    assert.deepEqual(await exit, [0, null]);
    child.stdout!.destroy();
  });
});
