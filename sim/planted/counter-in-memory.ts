import { configMaps } from '#api/generated/refs.ts';
import { orNotFound } from '#client/retry.ts';
import { controllerOf } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import { defineController } from '#runtime/controller.ts';
import { crews, namespace, noteOf, serveCrews, step } from './crew.ts';
import type { Planted } from './planted.ts';

/** Every crew has a number of its own, by a note of that name. */
export const counterInMemory: Planted = {
  name: 'counter-in-memory',
  bug: 'counts in memory, begins anew after a restart, and takes a number that is taken for its own',
  exploration: isRight => ({
    setUp: serveCrews,
    controllers: [
      defineController({
        name: 'numberer',
        setup: ({ client, informer }) => {
          const known = informer(crews);
          const numbers = new Map<string, number>();
          return {
            for: crews,
            concurrency: 1,
            reconcile: async key => {
              const crew = known.get(key);
              if (!crew || (!isRight && numbers.has(key))) return;
              for (let number = isRight ? 1 : numbers.size + 1; ; number++) {
                const name = `number-${number}`;
                try {
                  const holder = isRight && (await orNotFound(client.get(configMaps, namespace, name)));
                  if (!holder) await client.create(configMaps, noteOf(crew, name));
                  else if (controllerOf(holder)?.uid !== crew.metadata.uid) continue;
                } catch (error) {
                  if (isRight || !hasReason(error, 'AlreadyExists')) throw error;
                }
                numbers.set(key, number);
                return;
              }
            },
          };
        },
      }),
    ],
    steps: [step.create('a'), step.create('b')],
    invariants: [
      {
        name: 'a number for each crew',
        finally: world => {
          const notes = world.list(configMaps).filter(({ metadata }) => metadata.namespace === namespace);
          const holders = notes.map(note => controllerOf(note)?.name);
          return holders.sort().join() === 'a,b' ? undefined : `there are numbers for ${holders.join()}`;
        },
      },
    ],
    // Who comes first has the lower one.
    compared: object => (object.kind === 'ConfigMap' ? undefined : object),
  }),
};
