import { hasReason } from '#machinery/status.ts';
import type { Services } from '../handlers/context.ts';
import { loopbackUser } from '../identity.ts';
import { deleteObject } from '../resources/delete.ts';
import type { Entry } from '../resources/entry.ts';
import type { ServedResource } from '../resources/served.ts';

const deletionsAtOnce = 64;

/** Deletes every object of a resource that is not being deleted yet, as a client would; throws the first failure. */
export async function deleteInstances(services: Services, served: ServedResource): Promise<void> {
  const waiting = [...served.cache.objects()].values();
  const failures: unknown[] = [];
  const work = async () => {
    for (const entry of waiting) {
      if (entry.object.metadata.deletionTimestamp) continue;
      await services.slice.breathe();
      await deleteOne(services, served, entry).catch(error => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: deletionsAtOnce }, work));
  if (failures.length > 0) throw failures[0];
}

async function deleteOne(services: Services, served: ServedResource, { object }: Entry): Promise<void> {
  const { name, namespace = '' } = object.metadata;
  const context = {
    served,
    namespace,
    subresource: '',
    user: loopbackUser,
    dryRun: false,
    fieldManager: undefined,
    warn: () => undefined,
  };
  try {
    await deleteObject(services, context, name!, {});
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
  }
}
