import { customResourceDefinitions as crds } from '#api/generated/refs.ts';
import type { CustomResourceDefinition } from '#api/generated/types/apiextensions.v1.ts';
import type { ApiServer } from '#apiserver/server.ts';
import type { Client } from '#client/client.ts';
import { type KubeObject, parseApiVersion, type ResourceRef } from '#machinery/object.ts';

/**
 * Server-side applies objects one after the other. A CustomResourceDefinition is waited for, so that its instances can
 * follow it. Throws an Error with the object's name where one is refused.
 */
export async function applyManifests(
  server: ApiServer,
  client: Client,
  objects: readonly KubeObject[],
): Promise<void> {
  for (const object of objects) {
    const what = `${object.kind} ${object.metadata.name}`;
    try {
      await apply(server, client, object);
      if (object.kind === 'CustomResourceDefinition') await established(server, object.metadata.name!);
    } catch (cause) {
      throw new Error(`manifest of ${what}: ${(cause as Error).message}`, { cause });
    }
  }
}

async function apply({ services }: ApiServer, client: Client, object: KubeObject): Promise<void> {
  const { group, version } = parseApiVersion(object.apiVersion);
  const served = services.catalog.findKind(group, version, object.kind);
  if (!served) throw new Error(`there is no kind ${object.kind} in ${object.apiVersion}`);
  const ref: ResourceRef<KubeObject> = { ...served.definition, version };
  const namespace = ref.namespaced ? (object.metadata.namespace ?? 'default') : '';
  const options = { fieldManager: 'coxswain', force: true };
  await client.patch(ref, namespace, object.metadata.name ?? '', 'apply', object, options);
}

/** Resolves when a definition's kind is served; rejects where its names are taken. */
function established({ services }: ApiServer, name: string): Promise<void> {
  const { cache } = services.catalog.find(crds.group, crds.version, crds.resource)!;
  return new Promise((resolve, reject) => {
    const isDecided = () => {
      const crd = cache.get(name)?.object as CustomResourceDefinition | undefined;
      const find = (type: string) => crd?.status?.conditions?.find(condition => condition.type === type);
      const accepted = find('NamesAccepted');
      if (accepted?.status === 'False') reject(new Error(accepted.message));
      else if (find('Established')?.status === 'True') resolve();
      else return false;
      return true;
    };
    if (isDecided()) return;
    const watch = cache.watch(services.cache.revision, {
      prefix: '',
      change: () => {
        if (isDecided()) watch[Symbol.dispose]();
      },
    });
  });
}
