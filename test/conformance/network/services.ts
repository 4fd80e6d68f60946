import assert from 'node:assert/strict';
import type { V1Service, V1ServiceSpec } from '@kubernetes/client-node';
import { checkCollection } from '../lifecycle.ts';
import { plain } from '../operations.ts';
import { row } from '../row.ts';

const service = (name: string, spec: V1ServiceSpec = { ports: [{ port: 80 }] }): V1Service => ({
  metadata: { name },
  spec,
});

export const serviceRows = [
  row('Services should provide secure master service', async t => {
    const { spec } = await t.api.services.in('default').get('kubernetes');
    assert.ok(spec!.clusterIP);
    assert.ok(spec!.ports!.some(port => port.name === 'https' && port.port === 443));
  }),

  row('Services should find a service from listing all namespaces', async t => {
    const { items } = await t.api.services.listAll();
    assert.ok(
      items.some(item => item.metadata!.name === 'kubernetes' && item.metadata!.namespace === 'default'),
    );
  }),

  row('Services should delete a collection of services', t =>
    checkCollection(t, t.api.services, (name, labels) => ({ ...service(name), metadata: { name, labels } })),
  ),

  row('Services should complete a service status lifecycle', async t => {
    const { services } = t.api;
    const watcher = await t.watch(services, { fieldSelector: 'metadata.name=svc' });
    await services.create(service('svc', { type: 'LoadBalancer', ports: [{ port: 80 }] }));
    await watcher.expect('ADDED');
    assert.deepEqual(plain((await services.getStatus('svc')).status), { loadBalancer: {} });
    await services.patchStatus('svc', {
      metadata: { annotations: { patchedstatus: 'true' } },
      status: { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] } },
    });
    const patched = await watcher.until('MODIFIED', object => !!object.status?.loadBalancer?.ingress?.length);
    assert.equal(patched.metadata!.annotations?.patchedstatus, 'true');
    await services.updateStatus('svc', object => {
      object.status!.conditions = [
        {
          type: 'StatusUpdate',
          status: 'True',
          reason: 'E2E',
          message: 'm',
          lastTransitionTime: new Date('2030-01-01T00:00:00Z'),
        },
      ];
    });
    await watcher.until('MODIFIED', object => object.status?.conditions?.[0]?.type === 'StatusUpdate');
    await services.patch('svc', { metadata: { labels: { 'test-service': 'patched' } } });
    await watcher.until('MODIFIED', object => object.metadata!.labels?.['test-service'] === 'patched');
    await services.delete('svc');
    await watcher.until('DELETED');
  }),
];
