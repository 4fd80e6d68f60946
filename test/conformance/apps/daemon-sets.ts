import assert from 'node:assert/strict';
import type { V1DaemonSet, V1PodSpec } from '@kubernetes/client-node';
import { checkCollection, checkStatusEndpoints } from '../lifecycle.ts';
import { row } from '../row.ts';
import type { Trial } from '../trial.ts';
import { image, isReady, podsOf, podSpec, selected } from '../workloads.ts';

function daemonSet(name: string, spec?: V1PodSpec, extra: Partial<V1DaemonSet['spec']> = {}) {
  return {
    metadata: { name, labels: { app: name } },
    spec: { ...selected(name, spec), ...extra },
  } satisfies V1DaemonSet;
}

/** Nodes that a plain pod may run on. */
async function openNodes(t: Trial): Promise<string[]> {
  const nodes = (await t.api.nodes.list()).items;
  const open = nodes.filter(
    node =>
      !node.spec?.unschedulable && !node.spec?.taints?.some(taint => taint.effect !== 'PreferNoSchedule'),
  );
  return open.map(node => node.metadata!.name!).sort();
}

/** Waits until the daemon's ready pods are on these nodes, one each. */
function runsOn(t: Trial, expected: readonly string[]) {
  return t.until(`daemon pods on ${expected.join(' ') || 'no node'}`, async () => {
    const pods = await podsOf(t, 'app=ds');
    const nodes = pods.map(pod => pod.spec!.nodeName!).sort();
    return pods.every(isReady) && nodes.join(' ') === expected.join(' ') && pods;
  });
}

function change(t: Trial, value: string) {
  const containers = [{ name: 'c', image, env: [{ name: 'CHANGE', value }] }];
  return t.api.daemonSets.patch('ds', { spec: { template: { spec: { containers } } } }, 'strategic');
}

const templateValue = (pod: { spec?: V1PodSpec }) => pod.spec!.containers[0]!.env?.[0]?.value;

function untilValue(t: Trial, value: string | undefined, count: number) {
  return t.until(`${count} pods of template ${value}`, async () => {
    const pods = await podsOf(t, 'app=ds');
    return pods.length === count && pods.every(pod => isReady(pod) && templateValue(pod) === value) && pods;
  });
}

export const daemonSetRows = [
  row('Daemon set should run and stop simple daemon Serial', async t => {
    const nodes = await openNodes(t);
    await t.api.daemonSets.create(daemonSet('ds'));
    const [first] = await runsOn(t, nodes);
    await t.api.pods.delete(first!.metadata!.name!);
    await t.gone(t.api.pods, first!.metadata!.name!);
    await runsOn(t, nodes);
    await t.api.daemonSets.delete('ds');
    await runsOn(t, []);
  }),

  row('Daemon set should run and stop complex daemon Serial', async t => {
    const key = `conformance-${t.id}`;
    const [node] = await openNodes(t);
    const label = (value: string | null) =>
      t.api.nodes.patch(node!, { metadata: { labels: { [key]: value } } });
    t.defer(() => label(null));
    await t.api.daemonSets.create(daemonSet('ds', podSpec({ nodeSelector: { [key]: 'blue' } })));
    await t.stays('no pods', async () => (await podsOf(t, 'app=ds')).length === 0, 500);
    await label('blue');
    await runsOn(t, [node!]);
    await label('green');
    await runsOn(t, []);
    const nodeSelector = { [key]: 'green' };
    await t.api.daemonSets.patch('ds', { spec: { template: { spec: { nodeSelector } } } });
    await runsOn(t, [node!]);
  }),

  row('Daemon set should retry creating failed daemon pods Serial', async t => {
    const nodes = await openNodes(t);
    await t.api.daemonSets.create(daemonSet('ds'));
    const [first] = await runsOn(t, nodes);
    await t.api.pods.patchStatus(first!.metadata!.name!, { status: { phase: 'Failed' } });
    await t.gone(t.api.pods, first!.metadata!.name!);
    await runsOn(t, nodes);
  }),

  row(
    'Daemon set should update pod when spec was updated and update strategy is RollingUpdate Serial',
    async t => {
      const nodes = await openNodes(t);
      await t.api.daemonSets.create(daemonSet('ds'));
      await runsOn(t, nodes);
      await change(t, '2');
      const pods = await untilValue(t, '2', nodes.length);
      const hashes = new Set(pods.map(pod => pod.metadata!.labels?.['controller-revision-hash']));
      assert.equal(hashes.size, 1);
      assert.equal((await t.api.controllerRevisions.list()).items.length, 2);
    },
  ),

  row('Daemon set should rollback without unnecessary restarts Serial', async t => {
    const nodes = await openNodes(t);
    assert.ok(nodes.length > 1, 'needs two nodes');
    await t.api.daemonSets.create(daemonSet('ds'));
    const before = await runsOn(t, nodes);
    // The new template's pods never get ready, so that the update stops after the first.
    const spec = { readinessGates: [{ conditionType: 'example.com/never' }] };
    await t.api.daemonSets.patch('ds', { spec: { template: { spec } } });
    const kept = await t.until('one pod of the new template', async () => {
      const pods = await podsOf(t, 'app=ds');
      const changed = pods.filter(pod => pod.spec!.readinessGates?.length);
      return (
        changed.length > 0 && before.filter(old => pods.some(p => p.metadata!.uid === old.metadata!.uid))
      );
    });
    assert.ok(kept.length > 0);
    await t.api.daemonSets.patch('ds', { spec: { template: { spec: { readinessGates: null } } } });
    const after = await t.until('the rollback to end', async () => {
      const pods = await podsOf(t, 'app=ds');
      return (
        pods.length === nodes.length && pods.every(p => isReady(p) && !p.spec!.readinessGates?.length) && pods
      );
    });
    const uids = new Set(after.map(pod => pod.metadata!.uid));
    for (const pod of kept) assert.ok(uids.has(pod.metadata!.uid), `${pod.metadata!.name} was restarted`);
  }),

  row('Daemon set should list and delete a collection of DaemonSets Serial', t =>
    checkCollection(t, t.api.daemonSets, (name, labels) => ({
      ...daemonSet(name),
      metadata: { name, labels },
    })),
  ),

  row('Daemon set should verify changes to a daemon set status Serial', async t => {
    await t.api.daemonSets.create(daemonSet('ds'));
    await runsOn(t, await openNodes(t));
    await checkStatusEndpoints(t, t.api.daemonSets, 'ds');
  }),

  row('ControllerRevision should manage the lifecycle of a ControllerRevision Serial', async t => {
    const { controllerRevisions: revisions } = t.api;
    await t.api.daemonSets.create(daemonSet('ds'));
    // At rest: whenever a DaemonSet is looked at, revisions of one template become one.
    await runsOn(t, await openNodes(t));
    const [initial] = await t.until('the first revision', async () => {
      const { items } = await revisions.list({ labelSelector: 'app=ds' });
      return items.length === 1 && items;
    });
    const first = initial!.metadata!.name!;
    assert.equal(initial!.revision, 1);
    const all = await revisions.listAll({ labelSelector: 'app=ds' });
    assert.ok(all.items.some(item => item.metadata!.uid === initial!.metadata!.uid));
    const patched = await revisions.patch(first, { metadata: { labels: { [first]: 'patched' } } });
    assert.equal(patched.metadata!.labels?.[first], 'patched');
    const { data } = initial!;
    const labels = { ...initial!.metadata!.labels, extra: 'yes' };
    const made = await revisions.create({
      metadata: { name: 'extra', labels, ownerReferences: initial!.metadata!.ownerReferences },
      data,
      revision: 2,
    });
    assert.equal(made.revision, 2);
    const updated = await revisions.update('extra', object => {
      object.metadata!.labels = { ...object.metadata!.labels, updated: 'yes' };
    });
    assert.equal(updated.metadata!.labels?.updated, 'yes');
    await revisions.delete('extra');
    await t.gone(revisions, 'extra');
    await change(t, '2');
    await t.until('a second revision', async () =>
      (await revisions.list()).items.some(r => r.revision === 2),
    );
    await change(t, '3');
    await t.until('a third revision', async () => (await revisions.list()).items.some(r => r.revision === 3));
    await revisions.deleteCollection({ labelSelector: `${first}=patched` });
    await t.until(
      'it to go',
      async () => !(await revisions.names({ labelSelector: `${first}=patched` })).length,
    );
    assert.equal(Math.max(...(await revisions.list()).items.map(item => item.revision)), 3);
  }),
];
