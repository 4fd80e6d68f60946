import { defineController } from '#runtime/controller.ts';
import { crews, serveCrews, step } from './crew.ts';
import type { Planted } from './planted.ts';

/** The status repeats the text of the spec, written once for each generation. */
export const doneTooEarly: Planted = {
  name: 'done-too-early',
  bug: 'remembers a generation as done before the write that may fail',
  exploration: isRight => ({
    setUp: serveCrews,
    controllers: [
      defineController({
        name: 'repeater',
        setup: ({ client, informer }) => {
          const known = informer(crews);
          const done = new Map<string, number>();
          return {
            for: crews,
            reconcile: async key => {
              const crew = known.get(key);
              const { generation = 0 } = crew?.metadata ?? {};
              if (!crew || done.get(key) === generation) return;
              if (!isRight) done.set(key, generation);
              if (crew.status?.text !== crew.spec.text) {
                await client.updateStatus(crews, { ...crew, status: { text: crew.spec.text } });
              }
              done.set(key, generation);
            },
          };
        },
      }),
    ],
    steps: [step.create('a', { text: 'one' }), step.change('a', { text: 'two' })],
  }),
};
