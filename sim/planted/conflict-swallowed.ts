import { hasReason } from '#machinery/status.ts';
import { defineController } from '#runtime/controller.ts';
import { crews, serveCrews, step } from './crew.ts';
import type { Planted } from './planted.ts';

/** The status repeats the text of the spec. */
export const conflictSwallowed: Planted = {
  name: 'conflict-swallowed',
  bug: 'takes a conflict for done, although nobody runs the key again',
  exploration: isRight => ({
    setUp: serveCrews,
    controllers: [
      defineController({
        name: 'repeater',
        setup: ({ client, informer }) => {
          const known = informer(crews);
          return {
            for: crews,
            reconcile: async key => {
              const crew = known.get(key);
              if (!crew || crew.status?.text === crew.spec.text) return;
              try {
                await client.updateStatus(crews, { ...crew, status: { text: crew.spec.text } });
              } catch (error) {
                if (isRight || !hasReason(error, 'Conflict')) throw error;
              }
            },
          };
        },
      }),
    ],
    steps: [step.create('a', { text: 'one' }), step.change('a', { text: 'two' })],
  }),
};
