import assert from 'node:assert/strict';
import type { KubernetesObject, V1APIResourceList } from '@kubernetes/client-node';
import type { Resource } from './resource.ts';
import { refused, type Trial } from './trial.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

export interface Operations<T extends KubernetesObject> {
  readonly resource: Resource<T>;
  /** An object of this name. */
  readonly make: (name: string) => T;
  /** A status that can be written; absent: status is not looked at. */
  readonly status?: Readonly<Record<string, unknown>>;
  /** Writes of the status leave metadata as it is, where other kinds take it. */
  readonly statusKeepsMetadata?: true;
  /** Subresources that discovery must list, with get, patch and update. */
  readonly subresources?: readonly string[];
  readonly watched?: false;
}

/** Discovery of a resource, every verb on it, what a watch sees of that, and its status. */
export async function checkOperations<T extends KubernetesObject>(
  t: Trial,
  operations: Operations<T>,
): Promise<void> {
  await checkDiscovery(t, operations);
  await checkVerbs(t, operations);
}

async function checkDiscovery<T extends KubernetesObject>(t: Trial, { resource, ...rest }: Operations<T>) {
  const { apiVersion, plural, kind } = resource.kind;
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  if (group) {
    const groups = (await t.raw({ path: '/apis' })).json<{
      groups: { name: string; versions: { version: string }[] }[];
    }>();
    const found = groups.groups.find(candidate => candidate.name === group);
    assert.ok(
      found?.versions.some(candidate => candidate.version === version),
      `/apis has no ${apiVersion}`,
    );
  }
  const path = group ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { resources } = (await t.raw({ path })).json<V1APIResourceList>();
  const served = resources.find(candidate => candidate.name === plural);
  assert.ok(served, `${path} has no ${plural}`);
  assert.equal(served.kind, kind);
  assert.deepEqual([...served.verbs].sort(), verbs);
  for (const name of rest.subresources ?? []) {
    const subresource = resources.find(candidate => candidate.name === `${plural}/${name}`);
    assert.deepEqual([...(subresource?.verbs ?? [])].sort(), ['get', 'patch', 'update'], `${plural}/${name}`);
  }
}

async function checkVerbs<T extends KubernetesObject>(t: Trial, operations: Operations<T>): Promise<void> {
  const { resource, make } = operations;
  const label = `conformance=${t.id}`;
  const labelled = (name: string): T => {
    const object = make(t.name(name));
    return {
      ...object,
      metadata: { ...object.metadata, labels: { ...object.metadata?.labels, conformance: t.id } },
    };
  };
  t.defer(() => resource.deleteCollection({ labelSelector: label }));

  const created = await resource.create(labelled('a'));
  const name = created.metadata!.name!;
  await resource.create(labelled('b'));
  await resource.create(labelled('c'));
  assert.ok(created.metadata!.uid && created.metadata!.resourceVersion);
  assert.equal((await resource.get(name)).metadata!.uid, created.metadata!.uid);
  await refused(resource.create(labelled('a')), 409, /already exists/);
  assert.equal((await resource.list({ labelSelector: label })).items.length, 3);
  assert.equal((await resource.listAll({ labelSelector: label })).items.length, 3);

  const resourceVersion = (await resource.list({ labelSelector: label })).metadata.resourceVersion!;
  const watcher = await t.watch(resource, { labelSelector: label, resourceVersion });
  const patched = await resource.patch(name, { metadata: { annotations: { patched: 'true' } } });
  assert.equal(patched.metadata!.annotations?.patched, 'true');
  const updated = await resource.update(name, object => {
    object.metadata!.annotations = { ...object.metadata!.annotations, updated: 'true' };
  });
  assert.equal(updated.metadata!.annotations?.patched, 'true');
  assert.equal(updated.metadata!.annotations?.updated, 'true');
  await watcher.until('MODIFIED', o => o.metadata!.annotations?.patched === 'true');
  await watcher.until('MODIFIED', o => o.metadata!.annotations?.updated === 'true');
  if (operations.status) await checkStatus(t, operations, name);

  await resource.delete(name);
  await t.gone(resource, name);
  await watcher.until('DELETED', object => object.metadata!.name === name);
  assert.equal((await resource.list({ labelSelector: label })).items.length, 2);
  await resource.deleteCollection({ labelSelector: label });
  await t.until(
    'the collection to be empty',
    async () => (await resource.list({ labelSelector: label })).items.length === 0,
  );
}

async function checkStatus<T extends KubernetesObject>(
  _: Trial,
  { resource, status, statusKeepsMetadata }: Operations<T>,
  name: string,
): Promise<void> {
  const annotation = statusKeepsMetadata ? undefined : 'true';
  const patched = await resource.patchStatus(name, {
    metadata: { annotations: { patchedstatus: 'true' } },
    status,
  });
  const statusOf = (object: T) => (object as { status?: Record<string, unknown> }).status;
  assert.partialDeepStrictEqual(plain(statusOf(patched)), status);
  assert.equal(patched.metadata!.annotations?.patchedstatus, annotation);
  assert.partialDeepStrictEqual(plain(statusOf(await resource.getStatus(name))), status);
  const updated = await resource.updateStatus(name, object => {
    object.metadata!.annotations = { ...object.metadata!.annotations, updatedstatus: 'true' };
  });
  assert.equal(updated.metadata!.annotations?.updatedstatus, annotation);
}

/** Without the client library's classes: as it stands in JSON. */
export function plain(value: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value ?? {})) as Record<string, unknown>;
}
