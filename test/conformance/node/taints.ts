import assert from 'node:assert/strict';
import { row } from '../row.ts';
import { ifNotFound, type Trial } from '../trial.ts';
import { pod, podSpec, runningPod } from '../workloads.ts';

/** A pod that stands this taint for so long. */
function tolerating(t: Trial, name: string, tolerationSeconds: number, nodeName?: string) {
  const tolerations = [{ key: key(t), operator: 'Exists', effect: 'NoExecute', tolerationSeconds }];
  return t.api.pods.create(pod(name, {}, podSpec({ tolerations, ...(nodeName ? { nodeName } : {}) })));
}

const key = (t: Trial) => `example.com/evict-${t.id}`;

async function setTaint(t: Trial, node: string, present: boolean): Promise<void> {
  await t.api.nodes.update(node, object => {
    const others = (object.spec!.taints ?? []).filter(taint => taint.key !== key(t));
    const taint = { key: key(t), value: 'yes', effect: 'NoExecute' };
    object.spec!.taints = present ? [...others, taint] : others;
  });
}

const exists = async (t: Trial, name: string) => {
  const found = await t.api.pods.get(name).catch(ifNotFound);
  return found !== undefined && !found.metadata!.deletionTimestamp;
};

export const taintRows = [
  row(
    'NoExecuteTaintManager Multiple Pods evicts pods with minTolerationSeconds Serial Disruptive',
    async t => {
      await tolerating(t, 'short', 2);
      const node = (await runningPod(t, 'short')).spec!.nodeName!;
      await tolerating(t, 'long', 5, node);
      await runningPod(t, 'long');
      t.defer(() => setTaint(t, node, false));
      await setTaint(t, node, true);
      await t.until('the first to be evicted', async () => !(await exists(t, 'short')), 10_000);
      assert.ok(await exists(t, 'long'));
      await t.until('the second to be evicted', async () => !(await exists(t, 'long')), 15_000);
    },
    { alone: true },
  ),

  row(
    'NoExecuteTaintManager Single Pod removing taint cancels eviction Serial Disruptive',
    async t => {
      await tolerating(t, 'p', 3);
      const node = (await runningPod(t, 'p')).spec!.nodeName!;
      t.defer(() => setTaint(t, node, false));
      await setTaint(t, node, true);
      await t.sleep(1_000);
      await setTaint(t, node, false);
      await t.stays('the pod', () => exists(t, 'p'), 4_000);
    },
    { alone: true },
  ),
];
