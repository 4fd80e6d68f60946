import assert from 'node:assert/strict';
import type { KubernetesObject } from '@kubernetes/client-node';
import { plain } from './operations.ts';
import type { Resource } from './resource.ts';
import type { Trial } from './trial.ts';

/** Two objects with a label, found by it in the namespace and in all, then removed by it; a third stays. */
export async function checkCollection<T extends KubernetesObject>(
  t: Trial,
  resource: Resource<T>,
  make: (name: string, labels: Record<string, string>) => T,
): Promise<void> {
  const labelSelector = `conformance=${t.id}`;
  await resource.create(make(t.name('a'), { conformance: t.id }));
  await resource.create(make(t.name('b'), { conformance: t.id }));
  await resource.create(make(t.name('c'), { other: t.id }));
  const expected = [t.name('a'), t.name('b')];
  assert.deepEqual((await resource.names({ labelSelector })).sort(), expected);
  const all = await resource.listAll({ labelSelector });
  assert.deepEqual(all.items.map(item => item.metadata!.name!).sort(), expected);
  await resource.deleteCollection({ labelSelector });
  await t.until(
    'the collection to be empty',
    async () => (await resource.names({ labelSelector })).length === 0,
  );
  assert.deepEqual(await resource.names({ labelSelector: `other=${t.id}` }), [t.name('c')]);
  await resource.delete(t.name('c'));
}

/** The status of an object that a controller also writes: read, update, patch, each seen by a watch. */
export async function checkStatusEndpoints<T extends KubernetesObject>(
  t: Trial,
  resource: Resource<T>,
  name: string,
): Promise<void> {
  type Conditions = { status?: { conditions?: { type: string; status: string }[] } };
  const has = (object: T, type: string) =>
    (object as Conditions).status?.conditions?.some(c => c.type === type) === true;
  const condition = (type: string) => ({ type, status: 'True', reason: 'E2E', message: 'Set from e2e test' });
  assert.equal((await resource.getStatus(name)).metadata!.name, name);
  const watcher = await t.watch(resource, { fieldSelector: `metadata.name=${name}` });
  const updated = await resource.updateStatus(name, object => {
    const { status = {} } = object as Conditions;
    status.conditions = [...(status.conditions ?? []), condition('StatusUpdate')];
    Object.assign(object, { status });
  });
  assert.ok(has(updated, 'StatusUpdate'));
  await watcher.until('MODIFIED', object => has(object, 'StatusUpdate'));
  const patched = await resource.patchStatus(name, {
    status: { conditions: [condition('StatusPatched')] },
  });
  assert.ok(has(patched, 'StatusPatched'));
  await watcher.until('MODIFIED', object => has(object, 'StatusPatched'));
}

/** The scale of a workload of one replica: read, update to 2, patch to 4; the spec follows. */
export async function checkScale<T extends KubernetesObject>(
  resource: Resource<T>,
  name: string,
): Promise<void> {
  const replicas = async () => {
    const object = await resource.get(name);
    return (object as { spec?: { replicas?: number } }).spec?.replicas;
  };
  const scale = await resource.getScale(name);
  // A controller may write the status meanwhile: the replicas are asked for whatever the version.
  delete scale.metadata!.resourceVersion;
  assert.equal(scale.spec?.replicas, 1);
  assert.equal(scale.kind, 'Scale');
  scale.spec!.replicas = 2;
  assert.equal((await resource.replaceScale(name, scale)).spec?.replicas, 2);
  assert.equal(await replicas(), 2);
  const patched = await resource.patchScale(name, { spec: { replicas: 4 } });
  assert.equal(plain(patched.spec).replicas, 4);
  assert.equal(await replicas(), 4);
}
