import { pods, replicaSets } from '#api/generated/refs.ts';
import type { Clock } from '#base/clock.ts';
import { replicaSetController } from '#controllers/replicaset/controller.ts';
import type { Controller } from '#runtime/controller.ts';
import { podTemplate } from '#sim/objects.ts';
import { namespace } from './crew.ts';
import type { Planted } from './planted.ts';

/** Every expectation has expired by the time that it is looked at. */
function impatient(controller: Controller): Controller {
  const hurried = (clock: Clock): Clock => {
    let lookedAt = 0;
    return {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs() + 1_000_000 * lookedAt++,
      after: (delayMs, fn) => clock.after(delayMs, fn),
      nextTurn: fn => clock.nextTurn(fn),
    };
  };
  return {
    ...controller,
    setup: environment => controller.setup({ ...environment, clock: hurried(environment.clock) }),
  };
}

export const replicasetImpatient: Planted = {
  name: 'replicaset-impatient',
  bug: 'does not wait until the cache shows what it has made itself',
  exploration: isRight => ({
    controllers: [isRight ? replicaSetController : impatient(replicaSetController)],
    steps: [
      {
        name: 'create ReplicaSet web',
        act: client =>
          client.create(replicaSets, {
            metadata: { namespace, name: 'web' },
            spec: {
              replicas: 2,
              selector: { matchLabels: { app: 'web' } },
              template: podTemplate('web', 'web:1', '1m'),
            },
          }),
      },
      {
        name: 'annotate it',
        act: client =>
          client.patch(replicaSets, namespace, 'web', 'merge', { metadata: { annotations: { a: 'b' } } }),
      },
    ],
    invariants: [
      {
        name: 'no more than two pods',
        always: world => {
          const count = world.list(pods).length;
          return count > 2 ? `there are ${count} pods` : undefined;
        },
      },
    ],
    // A creation whose answer is lost counts as failed, here as upstream, and is made up for later.
    without: ['unanswered'],
  }),
};
