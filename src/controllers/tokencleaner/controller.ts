import { secrets } from '#api/generated/refs.ts';
import { objectKey } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import { defineController, observing } from '#runtime/controller.ts';
import { bootstrapTokens, endsInMs } from '../shared/bootstrap-tokens.ts';

/** Deletes bootstrap tokens whose time is over. */
export const tokenCleanerController = defineController({
  name: 'token-cleaner',
  setup: ({ client, clock, informer }) => {
    const tokens = informer(secrets, bootstrapTokens);
    return {
      watches: [observing(secrets, ({ object }) => [objectKey(object)], bootstrapTokens)],
      reconcile: async key => {
        const secret = tokens.get(key);
        const leftMs = secret && endsInMs(secret, clock.now());
        if (leftMs === undefined) return {};
        if (leftMs > 0) return { requeueAfterMs: leftMs };
        const { namespace, name, uid, resourceVersion } = secret!.metadata;
        try {
          await client.delete(secrets, namespace!, name!, { preconditions: { uid, resourceVersion } });
        } catch (error) {
          // Gone, or changed: the cache will say so, and the key run again.
          if (!hasReason(error, 'NotFound') && !hasReason(error, 'Conflict')) throw error;
        }
        return {};
      },
    };
  },
});
