import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { sleep } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { engineSkipReason, openTestEngine, wallClock } from '#test/engine.ts';
import { CriRuntime } from './runtime.ts';
import { runtimeConformance } from '../runtime.conformance.ts';

async function openCri() {
  const test = await openTestEngine('cri-test', '10.201.7.0/24');
  const folder = join(test.folder, 'logs');
  await mkdir(folder);
  return {
    runtime: test.engine.runtime,
    real: true,
    image: test.image,
    folder,
    cgroupParent: test.engine.layout.cgroupRoot,
    settle: () => sleep(wallClock, 10),
    close: async () => {
      await test.engine.leave();
      await test.close();
    },
  };
}

test('says of a socket where nobody listens what Go says', async () => {
  const address = '/run/coxswain-none.sock';
  await using runtime = new CriRuntime({ address, clock: wallClock, log: silentLog });
  const message = `connection error: desc = "transport: Error while dialing: dial unix ${address}: connect: no such file or directory"`;
  await assert.rejects(runtime.version(), { code: 'Unavailable', message });
});

runtimeConformance('containerd over CRI', openCri, await engineSkipReason());
