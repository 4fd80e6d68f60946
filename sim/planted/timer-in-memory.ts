import { orNotFound } from '#client/retry.ts';
import { defineController } from '#runtime/controller.ts';
import { crews, namespace, serveCrews, step } from './crew.ts';
import type { Planted } from './planted.ts';

const lifeMs = 20_000;

/** Crews live for twenty seconds. */
export const timerInMemory: Planted = {
  name: 'timer-in-memory',
  bug: 'sets a timer when it sees something new, and for nothing that it has seen before',
  exploration: isRight => ({
    setUp: serveCrews,
    controllers: [
      defineController({
        name: 'reaper',
        setup: ({ client, clock, informer }) => {
          const known = informer(crews);
          return {
            for: crews,
            reconcile: async key => {
              const crew = known.get(key);
              if (!crew) return {};
              const ageMs = clock.now() - Date.parse(crew.metadata.creationTimestamp!);
              const leftMs = lifeMs - ageMs;
              const { name = '', uid } = crew.metadata;
              const isDue = isRight ? leftMs <= 0 : crew.status?.text === 'due';
              if (isDue) {
                await orNotFound(client.delete(crews, namespace, name, { preconditions: { uid } }));
                return {};
              }
              if (isRight) return { requeueAfterMs: leftMs };
              if (crew.status?.text !== 'seen') {
                await client.updateStatus(crews, { ...crew, status: { text: 'seen' } });
                clock.after(lifeMs, () => {
                  void client
                    .patch(
                      crews,
                      namespace,
                      name,
                      'merge',
                      { status: { text: 'due' } },
                      { subresource: 'status' },
                    )
                    .catch(() => {});
                });
              }
              return {};
            },
          };
        },
      }),
    ],
    steps: [step.create('a')],
  }),
};
