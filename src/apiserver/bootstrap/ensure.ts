import { table } from '#base/members.ts';
import type { Breathe } from '#base/time-slice.ts';
import { type KubeObject, objectKey, parseApiVersion } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import { resourcePath } from '#client/client.ts';
import type { Transport } from '#client/transport.ts';
import { defaultRangeManager, readyStatus } from '../service-allocation/default-range.ts';
import { reconciledObject } from './reconcile-objects.ts';
import { reconciledRbac } from './reconcile-rbac.ts';
import type { ApiServer } from '../server.ts';

/** Others need them to be made: Services get their addresses from ServiceCIDRs. */
const isStoodOn: ReadonlySet<string> = new Set(['Namespace', 'ServiceCIDR']);

const flowControlManager = 'api-priority-and-fairness-config-producer-v1';

/** Who manages what upstream's server makes by a part of its own; all else is the server's. */
const managers = table<string>({
  FlowSchema: flowControlManager,
  PriorityLevelConfiguration: flowControlManager,
});

/** Creates those of the objects that are missing, and gives defaults that are there what they lack by now. */
export async function ensureObjects(
  server: ApiServer,
  transport: Transport,
  objects: readonly KubeObject[],
  breathe: Breathe = () => undefined,
): Promise<void> {
  const missing = objects.filter(object => !existing(server, object));
  const present = objects.filter(object => !missing.includes(object));
  const first = missing.filter(({ kind }) => isStoodOn.has(kind));
  const others = missing.filter(({ kind }) => !isStoodOn.has(kind));
  for (const wave of [first, others]) {
    const creations: Promise<void>[] = [];
    for (const object of wave) {
      const wait = breathe();
      if (wait) {
        await Promise.all(creations.splice(0));
        await wait;
      }
      creations.push(create(server, transport, object));
    }
    await Promise.all(creations);
  }
  await Promise.all(present.map(object => reconcile(server, transport, object)));
}

function servedFor(server: ApiServer, object: KubeObject) {
  const { group, version } = parseApiVersion(object.apiVersion);
  const served = server.services.catalog.findKind(group, version, object.kind);
  if (!served) throw new Error(`${object.apiVersion} ${object.kind} is not served`);
  return served;
}

function existing(server: ApiServer, object: KubeObject): KubeObject | undefined {
  return servedFor(server, object).cache.get(objectKey(object))?.object;
}

function collectionPath(server: ApiServer, object: KubeObject): string {
  const { definition, version } = servedFor(server, object);
  const ref = { ...definition, version: version.version };
  return resourcePath(ref, object.metadata.namespace ?? '');
}

async function reconcile(server: ApiServer, transport: Transport, wanted: KubeObject): Promise<void> {
  const actual = existing(server, wanted)!;
  const next = reconciledRbac(actual, wanted) ?? reconciledObject(actual, wanted);
  if (!next) return;
  const path = `${collectionPath(server, wanted)}/${encodeURIComponent(wanted.metadata.name!)}`;
  await transport.request({ method: 'PUT', path, body: next });
}

async function create(server: ApiServer, transport: Transport, object: KubeObject): Promise<void> {
  try {
    const query = { fieldManager: managers[object.kind] };
    await transport.request({ method: 'POST', path: collectionPath(server, object), query, body: object });
    if (object.kind === 'ServiceCIDR') await setReady(server, transport, object);
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
  }
}

async function setReady(server: ApiServer, transport: Transport, object: KubeObject): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  const status = readyStatus(server.services.clock);
  await transport.request({
    method: 'PATCH',
    path: `${collectionPath(server, object)}/${encodeURIComponent(metadata.name!)}/status`,
    query: { fieldManager: defaultRangeManager, force: 'true' },
    contentType: 'application/apply-patch+yaml',
    body: { apiVersion, kind, metadata: { name: metadata.name }, status },
  });
}
