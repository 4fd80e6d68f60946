import { SeededRandom } from '#base/random.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { HollowRuntime } from './hollow/hollow-runtime.ts';
import { runtimeConformance } from './runtime.conformance.ts';

async function openHollow() {
  const clock = new VirtualClock(() => new Promise<void>(resolve => setImmediate(resolve)));
  return {
    runtime: new HollowRuntime({ clock, random: new SeededRandom(1), images: ['test'] }),
    real: false,
    image: 'test',
    folder: '/logs',
    cgroupParent: '/test',
    settle: () => clock.advance(10),
    close: async () => {},
  };
}

runtimeConformance('the hollow runtime', openHollow);
