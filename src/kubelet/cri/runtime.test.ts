import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep } from '#base/clock.ts';
import { engineSkipReason, openTestEngine, wallClock } from '#test/engine.ts';
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

runtimeConformance('containerd over CRI', openCri, await engineSkipReason());
