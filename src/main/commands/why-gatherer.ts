import type { CliContext } from '#cli/index.ts';
import { parseApiVersion } from '#machinery/object.ts';
import { Gatherer } from '#why/gather.ts';

/** Reads facts with the command's own connection and discovery. */
export async function gathererOf(context: CliContext): Promise<Gatherer> {
  const mapper = await context.mapper();
  return new Gatherer({
    client: await context.client(),
    resolve: (apiVersion, kind) => {
      const { group, version } = parseApiVersion(apiVersion);
      return mapper.kind(group, version, kind);
    },
    listable: () =>
      mapper.preferred().filter(mapping => mapping.namespaced && mapping.verbs.includes('list')),
    nowMs: context.io.clock.now(),
  });
}
