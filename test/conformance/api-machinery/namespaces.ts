import assert from 'node:assert/strict';
import type { V1NamespaceCondition } from '@kubernetes/client-node';
import { row } from '../row.ts';
import type { Trial } from '../trial.ts';
import { pod } from '../workloads.ts';

/** A namespace ends in its turn, after those that other rows have left: `timeoutMs` is what upstream's test gives it. */
async function emptied(
  t: Trial,
  fill: (name: string) => Promise<unknown>,
  timeoutMs: number,
): Promise<string> {
  const name = t.name('nsdelete');
  await t.makeNamespace(name);
  await fill(name);
  await t.api.namespaces.delete(name);
  await t.gone(t.api.namespaces, name, timeoutMs);
  await t.makeNamespace(name);
  return name;
}

/** Serial, as upstream has them. */
const alone = { alone: true, timeoutMs: 180_000 } as const;

export const namespaceRows = [
  row(
    'Namespaces should ensure that all pods are removed when a namespace is deleted Serial',
    async t => {
      const fill = async (namespace: string) => {
        await t.api.pods.in(namespace).create(pod('test-pod'));
        await t.until(
          'the pod to run',
          async () => (await t.api.pods.in(namespace).get('test-pod')).status?.phase === 'Running',
        );
      };
      const name = await emptied(t, fill, 90_000);
      assert.deepEqual(await t.api.pods.in(name).names(), []);
    },
    alone,
  ),

  row(
    'Namespaces should ensure that all services are removed when a namespace is deleted Serial',
    async t => {
      const service = { metadata: { name: 's' }, spec: { selector: { foo: 'bar' }, ports: [{ port: 80 }] } };
      const fill = (namespace: string) => t.api.services.in(namespace).create(service);
      const name = await emptied(t, fill, 60_000);
      assert.deepEqual(await t.api.services.in(name).names(), []);
    },
    alone,
  ),

  row('Namespaces should patch a Namespace Serial', async t => {
    await t.api.namespaces.patch(t.namespace, { metadata: { labels: { testLabel: 'testValue' } } });
    assert.equal((await t.api.namespaces.get(t.namespace)).metadata!.labels?.testLabel, 'testValue');
  }),

  row('Namespaces should apply an update to a Namespace Serial', async t => {
    await t.api.namespaces.update(t.namespace, namespace => {
      namespace.metadata!.labels = { ...namespace.metadata!.labels, updated: t.id };
    });
    assert.equal((await t.api.namespaces.get(t.namespace)).metadata!.labels?.updated, t.id);
  }),

  row('Namespaces should apply changes to a namespace status Serial', async t => {
    const { namespaces } = t.api;
    assert.equal((await namespaces.getStatus(t.namespace)).status?.phase, 'Active');
    const condition = (type: string): V1NamespaceCondition => ({ type, status: 'True', reason: 'E2E' });
    const patched = await namespaces.patchStatus(t.namespace, {
      metadata: { annotations: { patched: 'true' } },
      status: { conditions: [condition('StatusPatch')] },
    });
    assert.equal(patched.metadata!.annotations?.patched, 'true');
    assert.ok(patched.status!.conditions!.some(c => c.type === 'StatusPatch'));
    const updated = await namespaces.updateStatus(t.namespace, namespace => {
      namespace.status!.conditions!.push(condition('StatusUpdate'));
    });
    assert.ok(updated.status!.conditions!.some(c => c.type === 'StatusUpdate'));
    assert.equal(updated.status!.phase, 'Active');
  }),

  row('Namespaces should apply a finalizer to a Namespace Serial', async t => {
    const finalizer = 'e2e.example.com/fakeFinalizer';
    const finalize = async (change: (finalizers: string[]) => string[]) => {
      const namespace = await t.api.namespaces.get(t.namespace);
      const response = await t.raw({
        method: 'PUT',
        path: `${t.api.namespaces.path}/${t.namespace}/finalize`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          ...namespace,
          apiVersion: 'v1',
          kind: 'Namespace',
          spec: { finalizers: change(namespace.spec!.finalizers!) },
        }),
      });
      assert.equal(response.status, 200, response.text);
      return (await t.api.namespaces.get(t.namespace)).spec!.finalizers!;
    };
    t.defer(() => finalize(list => list.filter(name => name !== finalizer)));
    assert.ok((await finalize(list => [...list, finalizer])).includes(finalizer));
    assert.ok(!(await finalize(list => list.filter(name => name !== finalizer))).includes(finalizer));
  }),
];
