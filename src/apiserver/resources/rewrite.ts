import type { KubeObject } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import type { Entry } from './entry.ts';
import { readEntry } from './presented.ts';
import { type WriteContext, type WriteServices, keyOf } from './write-context.ts';

/**
 * Stores what `change` makes of the named object, asked again after a lost race; it may share the current one's parts.
 * Neither strategy nor admission nor managed fields see it (upstream's storage.GuaranteedUpdate): for writes of the
 * server's own making. Throws StatusError: NotFound, Conflict, or what `change` throws.
 */
export async function rewriteObject(
  services: WriteServices,
  context: WriteContext,
  name: string,
  change: (current: KubeObject) => KubeObject,
): Promise<Entry> {
  const { served } = context;
  const key = keyOf(context, name);
  return services.races.win(served, key, async () => {
    const old = await readEntry(served, key);
    if (!old) throw statusError.notFound(served.what, name);
    const object = change(old.object);
    if (context.dryRun) return old;
    return services.committer.update(served, old, object);
  });
}
