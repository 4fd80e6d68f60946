import assert from 'node:assert/strict';
import type { V1LimitRange, V1ResourceRequirements } from '@kubernetes/client-node';
import { plain } from '../operations.ts';
import { row } from '../row.ts';
import { refused } from '../trial.ts';
import { pod, podSpec } from '../workloads.ts';

const limitRange = (name: string, labels: Record<string, string> = {}): V1LimitRange => ({
  metadata: { name, labels },
  spec: {
    limits: [
      {
        type: 'Container',
        min: { cpu: '50m', memory: '100Mi' },
        max: { cpu: '500m', memory: '500Mi' },
        _default: { cpu: '500m', memory: '500Mi' },
        defaultRequest: { cpu: '100m', memory: '200Mi' },
      },
    ],
  },
});

const sized = (name: string, resources: V1ResourceRequirements) => pod(name, {}, podSpec({}, { resources }));

export const limitRangeRows = [
  row(
    'LimitRange should create a LimitRange with defaults and ensure pod has those defaults applied.',
    async t => {
      await t.api.limitRanges.create(limitRange('lr'));
      const resources = async (name: string) =>
        plain((await t.api.pods.get(name)).spec!.containers[0]!.resources);
      await t.api.pods.create(pod('none'));
      assert.partialDeepStrictEqual(await resources('none'), {
        requests: { cpu: '100m', memory: '200Mi' },
        limits: { cpu: '500m', memory: '500Mi' },
      });
      await t.api.pods.create(
        sized('some', { requests: { cpu: '300m', memory: '150Mi' }, limits: { cpu: '300m' } }),
      );
      assert.partialDeepStrictEqual(await resources('some'), {
        requests: { cpu: '300m', memory: '150Mi' },
        limits: { cpu: '300m', memory: '500Mi' },
      });
      await refused(
        t.api.pods.create(sized('small', { requests: { cpu: '10m' } })),
        403,
        /minimum cpu usage/,
      );
      const big = { limits: { cpu: '600m' }, requests: { cpu: '600m' } };
      await refused(t.api.pods.create(sized('big', big)), 403, /maximum cpu usage/);
      await t.api.limitRanges.update('lr', object => {
        object.spec!.limits[0]!.min = { cpu: '9m', memory: '1Mi' };
      });
      await t.api.pods.create(sized('small', { requests: { cpu: '10m' } }));
      await t.api.limitRanges.delete('lr');
      await t.gone(t.api.limitRanges, 'lr');
      await t.api.pods.create(sized('big', big));
    },
  ),

  row('LimitRange should list, patch and delete a LimitRange by collection', async t => {
    const labels = { conformance: t.id };
    const labelSelector = `conformance=${t.id}`;
    const second = t.name('second');
    await t.makeNamespace(second);
    await t.api.limitRanges.create(limitRange('lr', labels));
    await t.api.limitRanges.in(second).create(limitRange('lr', labels));
    const all = async () => (await t.api.limitRanges.listAll({ labelSelector })).items;
    assert.equal((await all()).length, 2);
    const patched = await t.api.limitRanges.patch('lr', { metadata: { labels: { patched: 'true' } } });
    assert.equal(patched.metadata!.labels?.patched, 'true');
    await t.api.limitRanges.deleteCollection({ labelSelector });
    assert.deepEqual(
      (await all()).map(item => item.metadata!.namespace),
      [second],
    );
  }),
];
