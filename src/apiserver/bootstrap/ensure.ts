import { apiVersionOf, type KubeObject, parseApiVersion } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import type { Transport } from '#client/transport.ts';
import type { ApiServer } from '../server.ts';

/** Creates those of the objects that are missing; what is there already stays as it is. */
export async function ensureObjects(
  server: ApiServer,
  transport: Transport,
  objects: readonly KubeObject[],
): Promise<void> {
  const missing = objects.filter(object => !exists(server, object));
  const namespaces = missing.filter(object => object.kind === 'Namespace');
  const others = missing.filter(object => object.kind !== 'Namespace');
  for (const wave of [namespaces, others]) {
    await Promise.all(wave.map(object => create(server, transport, object)));
  }
}

function servedFor(server: ApiServer, object: KubeObject) {
  const { group, version } = parseApiVersion(object.apiVersion);
  const served = server.services.catalog.findKind(group, version, object.kind);
  if (!served) throw new Error(`${object.apiVersion} ${object.kind} is not served`);
  return served;
}

function exists(server: ApiServer, object: KubeObject): boolean {
  const { namespace, name } = object.metadata;
  return servedFor(server, object).cache.get(namespace ? `${namespace}/${name}` : name!) !== undefined;
}

async function create(server: ApiServer, transport: Transport, object: KubeObject): Promise<void> {
  const { definition, version } = servedFor(server, object);
  const apiVersion = apiVersionOf({ group: definition.group, version: version.version });
  const root = definition.group === '' ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
  const scope = object.metadata.namespace ? `/namespaces/${object.metadata.namespace}` : '';
  try {
    await transport.request({ method: 'POST', path: `${root}${scope}/${definition.resource}`, body: object });
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
  }
}
